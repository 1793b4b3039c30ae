// The table of graphql-transport-ws by raw socket: what is sent, and with which code the server closes.
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { part } from '../lib/story.mjs';
import { create } from './tasks.mjs';

const protocol = 'graphql-transport-ws';

export async function codes(world) {
  const { wsUrl, headers, rows } = world;
  // Nothing happens in a task that is not started, so that this goes on.
  const long = `subscription { taskEvents(taskId: "${await create(world)}") { seq } }`;
  const hello = { type: 'connection_init', payload: headers };
  const ask = (id, query) => ({ id, type: 'subscribe', payload: { query } });
  const table = [
    ['an unknown sub-protocol', 4406, [], 'graphql-ws'],
    ['no sub-protocol', 4406, [], undefined],
    ['no connection_init in time', 4408, []],
    ['connection_init twice', 4429, [hello, hello]],
    ['connection_init without credentials', 4403, [{ type: 'connection_init' }]],
    ['connection_init with wrong credentials', 4403, [{ type: 'connection_init', payload: { Authorization: 'Bearer x' } }]],
    ['connection_init with a list for a payload', 4400, [{ type: 'connection_init', payload: [] }]],
    ['subscribe before connection_ack', 4401, [ask('1', '{ __typename }')]],
    ['no JSON', 4400, ['hello']],
    ['a message without a type', 4400, [hello, {}]],
    ['an unknown type', 4400, [hello, { type: 'start', id: '1' }]],
    ["a type of the server's", 4400, [hello, { type: 'next', id: '1', payload: {} }]],
    ['subscribe without an id', 4400, [hello, { type: 'subscribe', payload: { query: '{ __typename }' } }]],
    ['subscribe without a payload', 4400, [hello, { type: 'subscribe', id: '1' }]],
    ['one id twice', 4409, [hello, ask('1', long), ask('1', long)]],
  ];
  for (const [what, code, sent, asked = sent.length || code === 4408 ? protocol : undefined] of table) {
    await part(rows, `${what}: ${code}`, async () => {
      const [closed, reason] = await close(wsUrl, asked, sent);
      assert.equal(closed, code, reason);
      return reason;
    });
  }
  await part(rows, 'ping is answered by pong, with its payload', async () => {
    const got = await first(wsUrl, [{ type: 'ping', payload: { at: 1 } }]);
    assert.deepEqual(got, { type: 'pong', payload: { at: 1 } });
  });
  await part(rows, 'pages of other sites may not connect', async () => {
    const socket = new WebSocket(wsUrl, protocol, { origin: 'https://elsewhere.example' });
    const status = await new Promise((resolve, reject) => {
      socket.on('unexpected-response', (request, response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      socket.on('open', () => reject(new Error('it was accepted')));
      socket.on('error', () => {});
    });
    assert.equal(status, 403);
  });
}

// open connects as a client that does not mind if no sub-protocol is agreed upon, which the class WebSocket would.
function open(url, asked) {
  return asked === protocol ? new WebSocket(url, protocol) : new WebSocket(url, { headers: asked && { 'Sec-WebSocket-Protocol': asked } });
}

function close(url, asked, sent) {
  return new Promise((resolve, reject) => {
    const socket = open(url, asked);
    socket.on('open', () => sent.forEach((message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message))));
    socket.on('close', (code, reason) => resolve([code, String(reason)]));
    socket.on('error', reject);
  });
}

function first(url, sent) {
  return new Promise((resolve, reject) => {
    const socket = open(url, protocol);
    socket.on('open', () => sent.forEach((message) => socket.send(JSON.stringify(message))));
    socket.on('message', (text) => {
      resolve(JSON.parse(text));
      socket.close();
    });
    socket.on('error', reject);
  });
}
