import 'graphiql/setup-workers/vite';
import '@graphiql/react/style.css';
import '@graphiql/plugin-history/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-explorer/style.css';
import 'graphiql/graphiql.css';
import './page.css';

import { createRoot } from 'react-dom/client';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { StorageAPI } from '@graphiql/toolkit';
import { config } from './config.js';
import { examplesPlugin } from './examples.jsx';
import { newFetcher } from './fetcher.js';

const welcome = `# Type a query here; Ctrl-Space completes it, Ctrl-Enter runs it.
# The schema's documentation is behind the first icon on the left.

`;

// The editors take text, and null is how GraphiQL says "nothing yet".
const headers = Object.keys(config.headers).length > 0 ? JSON.stringify(config.headers, null, 2) : undefined;
const tabs = config.examples.map(({ query, variables }) => ({ query, variables: variables || null, headers }));

// Of the first default tab GraphiQL shows the query alone; its variables have to come in as the initial ones. Later
// visits restore both from the browser's storage, and an initial value would then open one more tab each time.
const firstVisit = new StorageAPI().get('tabState') === null;

createRoot(document.getElementById('playground')).render(
  <GraphiQL
    fetcher={newFetcher(config)}
    plugins={[examplesPlugin(config.examples), HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })]}
    defaultQuery={welcome}
    defaultTabs={tabs.length > 0 ? tabs : undefined}
    initialVariables={firstVisit ? tabs[0]?.variables ?? undefined : undefined}
    defaultHeaders={headers}
    // A header is a credential: it comes from the server or the keyboard and is never written to the browser's storage.
    shouldPersistHeaders={false}
    defaultEditorToolsVisibility={headers ? 'headers' : true}
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Logo>Rehearse</GraphiQL.Logo>
  </GraphiQL>,
);
