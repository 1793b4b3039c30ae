// graphql-ws, the client that most others are built upon.
import assert from 'node:assert/strict';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { part } from '../lib/story.mjs';

/** A client for the demo application; more are options of graphql-ws. */
export function connect({ wsUrl, headers }, more = {}) {
  return createClient({ url: wsUrl, webSocketImpl: WebSocket, connectionParams: headers, retryAttempts: 0, ...more });
}

/** The one result of an operation. It throws what the client throws. */
export async function once(client, request) {
  let result;
  for await (const got of client.iterate(request)) result = got;
  return result;
}

export async function sockets(world) {
  const { rows, headers, wsUrl } = world;
  const client = connect(world);
  await part(rows, 'graphql-ws: queries and mutations', async () => {
    assert.deepEqual(await once(client, { query: 'query ($no: Boolean!) { viewer { appCode username @skip(if: $no) } }', variables: { no: true } }), {
      data: { viewer: { appCode: 'demo' } },
    });
    const { data } = await once(client, { query: 'mutation { deleteTask(input: {id: "1"}) { userErrors { code } } }' });
    assert.deepEqual(data.deleteTask.userErrors, [{ code: 'NOT_FOUND' }]);
  });
  await part(rows, 'graphql-ws: a refused document is an error message, without data', async () => {
    for (const [query, code] of [['{', 'GRAPHQL_PARSE_FAILED'], ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED']]) {
      await assert.rejects(once(client, { query }), (errors) => errors[0].extensions.code === code);
    }
  });
  await part(rows, 'graphql-ws: 64 operations at once', async () => {
    const results = await Promise.allSettled(Array.from({ length: 64 }, () => once(client, { query: '{ viewer { appCode } }' })));
    assert.ok(results.every(({ value }) => value?.data.viewer.appCode === 'demo'));
  });
  await client.dispose();
  await part(rows, 'graphql-ws: headers of the upgrade do as well', async () => {
    class WithHeaders extends WebSocket {
      constructor(url, protocols) {
        super(url, protocols, { headers });
      }
    }
    const other = createClient({ url: wsUrl, webSocketImpl: WithHeaders, retryAttempts: 0 });
    assert.equal((await once(other, { query: '{ viewer { appCode } }' })).data.viewer.appCode, 'demo');
    await other.dispose();
  });
  await part(rows, 'graphql-ws: strangers learn 4403 and nothing else', async () => {
    const stranger = connect(world, { connectionParams: { 'X-Bkapi-Authorization': '{"bk_app_code":"demo","bk_app_secret":"x"}' } });
    await assert.rejects(once(stranger, { query: '{ viewer { appCode } }' }), ({ code, reason }) => code === 4403 && reason === 'Forbidden');
  });
}
