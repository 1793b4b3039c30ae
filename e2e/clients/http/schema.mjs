// The schema as text beside the schema that introspection tells.
import assert from 'node:assert/strict';
import { buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema, parse, printSchema } from 'graphql';
import { part } from '../lib/story.mjs';

export async function schema({ home, url, headers, rows }) {
  const answer = await fetch(`${home}/schema.graphql`);
  const text = await answer.text();
  await part(rows, '/schema.graphql is what introspection tells', async () => {
    const query = getIntrospectionQuery({ specifiedByUrl: true, directiveIsRepeatable: true, inputValueDeprecation: true, oneOf: true });
    const asked = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    const { data, errors } = await asked.json();
    assert.equal(errors, undefined);
    const print = (made) => printSchema(lexicographicSortSchema(made));
    assert.equal(print(buildSchema(text)), print(buildClientSchema(data)));
  });
  await part(rows, '/schema.graphql shows the directives that introspection cannot', async () => {
    const used = new Set();
    const visit = (node) => {
      for (const directive of node.directives ?? []) used.add(directive.name.value);
      for (const part of [...(node.fields ?? []), ...(node.arguments ?? []), ...(node.values ?? [])]) visit(part);
    };
    const { definitions } = parse(text);
    definitions.forEach(visit);
    const defined = definitions.filter((node) => node.kind === 'DirectiveDefinition').map((node) => node.name.value);
    for (const name of defined) assert.ok(used.has(name), `@${name} is defined and shows nowhere`);
    return [...used].sort().map((name) => `@${name}`).join(' ');
  });
  await part(rows, '/schema.graphql is not sent twice', async () => {
    const tag = answer.headers.get('etag');
    const again = await fetch(`${home}/schema.graphql`, { headers: { 'if-none-match': tag }, cache: 'no-store' });
    assert.equal(again.status, 304);
  });
}
