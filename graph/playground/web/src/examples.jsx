import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';

// examplesPlugin is a side panel that opens an example in a new tab. The examples are also the tabs of the first visit,
// but later the browser's stored tabs win, and then this panel is the way back.
export function examplesPlugin(examples) {
  return {
    title: 'Examples',
    icon: ExamplesIcon,
    content: () => <Examples examples={examples} />,
  };
}

function Examples({ examples }) {
  const { addTab, updateActiveTabValues } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);

  function open({ query, variables }) {
    addTab();
    updateActiveTabValues({ query, variables });
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables);
    queryEditor?.focus();
  }

  return (
    <section className="playground-examples" aria-label="Examples">
      <h2>Examples</h2>
      {examples.length === 0 && <p>This server has no examples.</p>}
      <ul>
        {examples.map((example) => (
          <li key={example.title}>
            <button type="button" className="graphiql-un-styled" onClick={() => open(example)}>
              {example.title}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ExamplesIcon(props) {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" height="1em" {...props}>
      <path d="M4 5h3M4 12h3M4 19h3M10 5h10M10 12h10M10 19h10" strokeLinecap="round" />
    </svg>
  );
}
