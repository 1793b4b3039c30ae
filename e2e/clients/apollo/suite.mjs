// Apollo Client: types and manifest generated, compiled, played; then its cache is looked at.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { buildSchema, getOperationAST, isAbstractType } from 'graphql';
import WebSocket from 'ws';
import { command } from '../lib/command.mjs';
import { root } from '../lib/server.mjs';
import { judge, judgeNodes, mockTask, part } from '../lib/story.mjs';
import { home, results } from '../lib/suites.mjs';

export const title = 'Apollo Client';
export const order = 50;
export const tools = ['@apollo/client', '@apollo/generate-persisted-query-manifest', '@graphql-codegen/client-preset', 'graphql-ws', 'rxjs'];

const here = join(home, 'apollo');

export async function run({ url, wsUrl, headers, rows, serve }) {
  rmSync(join(here, 'gql'), { recursive: true, force: true });
  const generated = await part(rows, 'generates without a warning', async () => {
    await command('graphql-codegen', ['--config', 'codegen.config.mjs'], { cwd: here, quiet: true });
  });
  const compiled = generated && (await part(rows, 'compiles with --strict', async () => {
    await command('tsc', ['--project', here]);
  }));
  if (!compiled) return;
  const { play } = await import(join(results, 'build', 'apollo', 'story.js'));
  const setup = { url, wsUrl, headers, webSocketImpl: WebSocket, possibleTypes: possibleTypes() };
  let told;
  const played = await part(rows, 'plays the whole story', async () => {
    told = await play(setup, mockTask);
    judge(told);
    return 'taskUpdated over graphql-transport-ws, the rest over HTTP';
  });
  if (played) {
    await part(rows, 'the cache is normalised by the global id alone', () => entries(told));
    await part(rows, 'nodes of two templates stay apart in the cache', async () => {
      await judgeNodes({ url, headers }, told.templates);
      return 'with keyFields: false for PipelineNode and PipelineFlow, whose ids are those of the canvas';
    }, 'note');
    await part(rows, 'a subscription updates what a mutation cached', () => {
      assert.equal(told.cached?.state, 'FINISHED');
    });
    await part(rows, 'relayStylePagination joins pages', () => {
      assert.deepEqual(told.templates.map(({ name }) => name), ['roll a build out', 'refund an order']);
    });
  }
  await part(rows, 'plays it by the hashes of a persisted query manifest alone', async () => {
    const { file, hashes } = await manifest();
    const server = await serve(['--documents', file, '--documents-mode', 'only']);
    const ahead = createPersistedQueryLink({ generateHash: (document) => hashes.get(getOperationAST(document).name.value) });
    judge(await play({ ...setup, ...server, webSocketImpl: WebSocket, ahead }, mockTask));
    return 'with --documents-mode only; over the socket Apollo sends the text beside the hash';
  });
}

function possibleTypes() {
  const schema = buildSchema(readFileSync(join(root, 'schema.graphqls'), 'utf8'));
  const abstract = Object.values(schema.getTypeMap()).filter(isAbstractType);
  return Object.fromEntries(abstract.map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]));
}

// entries finds objects with an id that are stored more than once, or mixed of several types.
function entries({ entries: all, task }) {
  const named = all.filter(({ id }) => id !== undefined);
  const ids = named.map(({ id }) => id);
  assert.deepEqual(ids.filter((id, i) => ids.indexOf(id) !== i), [], 'ids with several entries');
  const types = new Set(named.map(({ __typename }) => __typename));
  assert.ok(['Task', 'TaskNode', 'Template'].every((type) => types.has(type)), [...types].join());
  const nodes = named.filter(({ __typename }) => __typename === 'TaskNode');
  assert.deepEqual(nodes.map(({ id }) => id).sort(), task.nodes.map(({ id }) => id).sort(), 'one entry for each node id');
}

async function manifest() {
  const file = join(results, 'build', 'apollo', 'manifest.json');
  const config = join(results, 'build', 'apollo', 'manifest.config.json');
  const documents = [join(here, 'documents', '*.graphql')];
  writeFileSync(config, JSON.stringify({ documents, output: file }));
  await command('generate-persisted-query-manifest', ['--config', config], { cwd: here, quiet: true });
  const { operations } = JSON.parse(readFileSync(file, 'utf8'));
  return { file, hashes: new Map(operations.map(({ id, name }) => [name, id])) };
}
