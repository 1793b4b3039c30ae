// GraphQL over HTTP: the audits of graphql-http, and what a client sees of the rest of docs/http.md.
import assert from 'node:assert/strict';
import { serverAudits } from 'graphql-http';
import { part } from '../lib/story.mjs';
import { compression } from './compression.mjs';
import { documents } from './documents.mjs';
import { schema } from './schema.mjs';
import { sites } from './sites.mjs';

export const title = 'GraphQL over HTTP';
export const order = 10;
export const tools = ['graphql-http', '@apollo/client', 'graphql'];

const json = { 'content-type': 'application/json' };
const question = JSON.stringify({ query: '{ __typename }' });

export async function run(world) {
  await audits(world);
  await strangers(world);
  await refusals(world);
  await schema(world);
  await compression(world);
  await sites(world);
  await documents(world);
}

// Every audit calls as the demo application. A few of them send what any page could make a browser send, which is
// refused unless a header stands out.
async function audits({ url, headers, rows }) {
  const ours = { ...headers, 'apollo-require-preflight': '1' };
  const fetchFn = (to, init = {}) => fetch(to, { ...init, headers: { ...init.headers, ...ours } });
  for (const audit of serverAudits({ url, fetchFn })) {
    const result = await audit.fn();
    rows.push({
      name: `${audit.id} ${audit.name}`,
      status: result.status === 'ok' ? 'ok' : 'fail',
      detail: result.status === 'ok' ? '' : `${result.status}: ${result.reason}`,
    });
  }
}

async function strangers({ url, rows }) {
  await part(rows, 'strangers get 401, whatever they send', async () => {
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const answer = await fetch(url, { method: 'POST', headers: { ...json, accept }, body: question });
      assert.equal(answer.status, 401);
      assert.ok(answer.headers.get('content-type').startsWith(accept));
      const { errors, ...rest } = await answer.json();
      assert.deepEqual([errors[0].extensions.code, rest], ['UNAUTHENTICATED', {}]);
    }
    assert.equal((await fetch(`${url}?query={__typename}`)).status, 401);
  });
}

async function refusals({ url, headers, rows }) {
  const status = async (init, query = '') => {
    const answer = await fetch(url + query, { ...init, headers: { ...headers, ...init.headers } });
    const { errors, ...rest } = await answer.json();
    assert.ok(errors[0].message);
    assert.deepEqual(rest, {});
    return answer.status;
  };
  await part(rows, 'requests that a browser sends unasked are refused', async () => {
    assert.equal(await status({}, '?query={__typename}'), 400);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      assert.equal(await status({ method: 'POST', headers: { 'content-type': type }, body: question }), 400);
    }
  });
  await part(rows, 'lists of operations are refused', async () => {
    assert.equal(await status({ method: 'POST', headers: json, body: `[${question},${question}]` }), 400);
  });
  await part(rows, 'mutations with GET are refused with 405', async () => {
    const init = { headers: { 'apollo-require-preflight': '1' } };
    assert.equal(await status(init, `?query=${encodeURIComponent('mutation { __typename }')}`), 405);
  });
  await part(rows, 'answers that cannot be given are refused with 406', async () => {
    assert.equal(await status({ method: 'POST', headers: { ...json, accept: 'text/html' }, body: question }), 406);
  });
}
