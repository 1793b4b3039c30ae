// Relay: compiled, played without React; then its store is looked at.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { command } from '../lib/command.mjs';
import { root } from '../lib/server.mjs';
import { judge, judgeNodes, mockTask, part } from '../lib/story.mjs';
import { home } from '../lib/suites.mjs';

export const title = 'Relay';
export const order = 60;
export const tools = ['relay-compiler', 'relay-runtime', 'graphql-ws'];

const here = join(home, 'relay');
const artifacts = join(here, 'artifacts');
const persisted = join(artifacts, 'persisted.json');

export async function run({ url, wsUrl, headers, rows, serve }) {
  const compiled = await part(rows, 'compiles without a warning', async () => {
    rmSync(artifacts, { recursive: true, force: true });
    mkdirSync(artifacts);
    writeFileSync(persisted, '{}'); // which the compiler wants to find
    copyFileSync(join(root, 'schema.graphqls'), join(here, 'schema.graphql')); // the only ending that it reads
    await command('relay-compiler', ['relay.config.json'], { cwd: here, quiet: true });
  });
  if (!compiled) return;
  const { play } = await import(join(here, 'story.js'));
  let told;
  const played = await part(rows, 'plays the whole story', async () => {
    told = await withSocket(wsUrl, headers, (socket) => play({ socket }, mockTask));
    judge(told);
    return 'all over one graphql-transport-ws socket; the task is read through `node`';
  });
  if (played) {
    await part(rows, 'a connection joins pages', () => {
      assert.deepEqual(told.templates.map(({ name }) => name), ['roll a build out', 'refund an order']);
    });
    await part(rows, 'every record of the store has one type, under its global id', () => {
      const records = Object.values(told.records).filter((record) => record?.id !== undefined);
      const global = records.filter(({ __typename }) => !['PipelineNode', 'PipelineFlow'].includes(__typename));
      for (const { __id, __typename, id } of global) assert.equal(__id, id, __typename);
      const types = new Set(global.map(({ __typename }) => __typename));
      assert.ok(['Task', 'TaskNode', 'Template'].every((type) => types.has(type)), [...types].join());
    });
    await part(rows, 'nodes of two templates stay apart in the store', async () => {
      await judgeNodes({ url, headers }, told.templates);
      return 'with a getDataID that passes over PipelineNode and PipelineFlow, whose ids are those of the canvas';
    }, 'note');
  }
  await part(rows, 'plays it by the hashes of persistConfig alone', async () => {
    const server = await serve(['--documents', persisted, '--documents-mode', 'only']);
    judge(await withSocket(server.wsUrl, server.headers, (socket) => play({ socket, post: poster(server) }, mockTask)));
    return 'with --documents-mode only; queries and mutations over HTTP, the subscription over the socket';
  });
}

async function withSocket(url, headers, play) {
  const socket = createClient({ url, connectionParams: headers, webSocketImpl: WebSocket, retryAttempts: 0 });
  try {
    return await play(socket);
  } finally {
    await socket.dispose();
  }
}

function poster({ url, headers }) {
  return async (body) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.json();
  };
}
