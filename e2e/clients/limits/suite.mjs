// Costs beside those of an independent calculator, and every limit over HTTP.
import { spawnSync } from 'node:child_process';
import { buildSchema, getIntrospectionQuery, parse } from 'graphql';
import { points } from './cost.mjs';

export const title = 'Limits and cost';
export const order = 30;
export const tools = ['graphql-query-complexity', 'graphql'];
export const flags = [];

const operations = [
  ['viewer', '{ viewer { appCode } }'],
  ['page without a size', '{ tasks { nodes { id name state } } }'],
  ['page of 100', '{ tasks(first: 100) { nodes { id template { id name } } } }'],
  ['page from the end', '{ templates(last: 7) { edges { cursor node { id draft { id version } } } } }'],
  ['page of a variable', 'query($n: Int) { templates(first: $n) { nodes { versions(first: $n) { nodes { id } } } } }', { n: 5 }],
  ['count', '{ tasks { totalCount } }', {}, 'totalCount is not sized'],
  ['ids', '{ nodes(ids: ["1", "2", "3"]) { id } }'],
  ['trees', '{ templates(first: 3) { nodes { pipelineTree nodes { id activity { pluginCode } } flows { id } } } }'],
  ['presets and schemes', '{ templates(first: 2) { nodes { mockPresets { id } mockSchemes { choices { nodeId } } } } }'],
  ['mutation', 'mutation { deleteTask(input: {id: "1"}) { deletedId userErrors { code } } }'],
];

const rep = (text, n) => text.repeat(n);
const limits = [
  ['BYTES', `{ __typename }${rep(' ', 262144)}`],
  ['TOKENS', `{${rep(' __typename', 10000)} }`],
  ['DEPTH', `{ viewer${rep(' { a', 20)}${rep(' }', 20)} }`],
  ['FIELDS', `{ viewer {${rep(' appCode', 1000)} } }`],
  ['ROOT_FIELDS', `{${rep(' __typename', 51)} }`],
  ['ALIASES', `{ viewer {${rep(' a: appCode', 51)} } }`],
  ['DIRECTIVES', `{ viewer {${rep(' appCode @skip(if: false)', 51)} } }`],
  ['ITEMS', `{ nodes(ids: [${rep('1 ', 1001)}]) { id } }`],
  ['COST', '{ templates(first: 100) { nodes { versions(first: 100) { nodes { snapshot { pipelineTree } } } } } }'],
];

export async function run({ url, headers, binary, serve, rows }) {
  const printed = spawnSync(binary, ['schema'], { encoding: 'utf8' });
  const schema = buildSchema(printed.stdout);
  for (const [name, text, variables = {}, apart] of operations) {
    const { extensions } = await ask(url, headers, { query: text, variables, extensions: { cost: true } });
    const got = extensions?.cost?.requested;
    const want = points(schema, parse(text), variables);
    if (apart) {
      rows.push(row(`cost: ${name}`, got === 11, `${got} points; ${apart}, which the calculator cannot tell`));
    } else {
      rows.push(row(`cost: ${name}`, got === want, got === want ? `${got} points` : `${got} points, the calculator says ${want}`));
    }
  }
  for (const [code, query] of limits) {
    const { data, errors } = await ask(url, headers, { query });
    const problem = errors?.[0]?.extensions?.problems?.[0];
    const ok = data === undefined && errors[0].extensions.code === 'RESOURCE_EXHAUSTED' && problem?.code === code;
    rows.push(row(`limit: ${code}`, ok, problem?.message ?? JSON.stringify(errors)));
  }
  const whole = await ask(url, headers, { query: getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true }) });
  rows.push(row('introspection passes', whole.errors === undefined, whole.errors?.[0].message));

  const dark = await serve(['--introspection', 'off', '--rate-limit', '1', '--max-cost', '30']);
  const hidden = await ask(dark.url, dark.headers, { query: '{ __schema { queryType { nam } } }' });
  rows.push(row('--introspection off', hidden.data === undefined && !JSON.stringify(hidden).includes('Did you mean'), hidden.errors?.[0].message));
  const dear = { query: '{ tasks(first: 29) { nodes { id } } }' };
  await ask(dark.url, dark.headers, dear);
  const throttled = await post(dark.url, dark.headers, dear);
  const { errors } = await throttled.json();
  const told = throttled.status === 429 && Number(throttled.headers.get('retry-after')) > 0 && errors[0].extensions.code === 'RESOURCE_EXHAUSTED';
  rows.push(row('--rate-limit', told, `${throttled.status} with Retry-After`));
}

function row(name, ok, detail) {
  return { name, status: ok ? 'ok' : 'fail', detail };
}

function post(url, headers, body) {
  return fetch(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

async function ask(url, headers, body) {
  return (await post(url, headers, body)).json();
}
