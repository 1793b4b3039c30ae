// graphql-sse in both modes, and what its client cannot tell.
import assert from 'node:assert/strict';
import { createClient } from 'graphql-sse';
import { part } from '../lib/story.mjs';

/** A client for the demo application; more are options of graphql-sse. */
export function connect({ url, headers }, more = {}) {
  return createClient({ url, headers, retryAttempts: 0, ...more });
}

/** All results of an operation. It throws what the client throws. */
export async function all(client, request) {
  const results = [];
  for await (const result of client.iterate(request)) results.push(result);
  return results;
}

export async function streams(world) {
  const { url, headers, rows } = world;
  const client = connect(world);
  await part(rows, 'graphql-sse: distinct connections', async () => {
    assert.deepEqual(await all(client, { query: '{ viewer { appCode } }' }), [{ data: { viewer: { appCode: 'demo' } } }]);
  });
  await part(rows, 'graphql-sse: a refused document is a result with errors, without data', async () => {
    for (const [query, code] of [['{', 'GRAPHQL_PARSE_FAILED'], ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED']]) {
      const [{ errors, ...rest }, ...more] = await all(client, { query });
      assert.deepEqual([errors[0].extensions.code, rest, more], [code, {}, []]);
    }
  });
  client.dispose();
  await part(rows, 'graphql-sse: the single connection is refused, and says so', async () => {
    const single = connect(world, { singleConnection: true });
    await assert.rejects(all(single, { query: '{ viewer { appCode } }' }), ({ response }) => response?.status === 405);
    single.dispose();
    const answer = await fetch(url, { method: 'PUT', headers });
    const { errors } = await answer.json();
    assert.match(errors[0].message, /distinct connections mode/);
    assert.equal(answer.headers.get('allow'), 'GET, HEAD, POST');
    return 'PUT: 405';
  });
  await part(rows, 'event streams are not kept, held back or compressed', async () => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept: 'text/event-stream', 'accept-encoding': 'gzip, br, zstd' },
      body: JSON.stringify({ query: '{ __typename }' }),
    });
    const header = (name) => answer.headers.get(name);
    assert.deepEqual(
      [header('content-type'), header('cache-control'), header('x-accel-buffering'), header('content-encoding')],
      ['text/event-stream; charset=utf-8', 'no-store', 'no', null],
    );
    assert.equal(await answer.text(), ':\n\nevent: next\ndata: {"data":{"__typename":"Query"}}\n\nevent: complete\ndata:\n\n');
  });
  await part(rows, 'strangers get 401, and a body that is no JSON gets 400', async () => {
    const status = async (more, body) => {
      const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...more }, body });
      assert.ok((await answer.json()).errors[0].message);
      return answer.status;
    };
    assert.equal(await status({}, '{"query":"{ __typename }"}'), 401);
    assert.equal(await status(headers, '{"query":'), 400);
  });
}
