// urql with graphcache: compiled, played; graphcache must have nothing to warn of.
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, introspectionFromSchema, isObjectType } from 'graphql';
import { command } from '../lib/command.mjs';
import { root } from '../lib/server.mjs';
import { judge, judgeNodes, mockTask, part } from '../lib/story.mjs';
import { home, results } from '../lib/suites.mjs';

export const title = 'urql with graphcache';
export const order = 55;
export const tools = ['@urql/core', '@urql/exchange-graphcache', 'gql.tada', 'graphql-sse'];

const canvas = ['PipelineNode', 'PipelineFlow'];
const here = join(home, 'urql');

export async function run({ url, headers, rows }) {
  rmSync(join(here, 'graphql-env.d.ts'), { force: true });
  const generated = await part(rows, 'generates without a warning', async () => {
    await command('gql.tada', ['generate-output'], { cwd: here, quiet: true });
  });
  const compiled = generated && (await part(rows, 'compiles with --strict', async () => {
    await command('tsc', ['--project', here]);
  }));
  if (!compiled) return;
  const { play } = await import(join(results, 'build', 'urql', 'story.js'));
  const schema = buildSchema(readFileSync(join(root, 'schema.graphqls'), 'utf8'));
  const setup = { url, headers, schema: introspectionFromSchema(schema), keys: keys(schema) };
  const warnings = [];
  const { warn, error } = console;
  console.warn = console.error = (...texts) => warnings.push(texts.join(' '));
  let told;
  const played = await part(rows, 'plays the whole story', async () => {
    told = await play(setup, mockTask);
    judge(told);
    return 'taskUpdated by server-sent events, the rest by fetch';
  });
  Object.assign(console, { warn, error });
  if (!played) return;
  await part(rows, 'graphcache warns of nothing', () => {
    assert.deepEqual(warnings, []);
  });
  await part(rows, 'relayPagination joins pages', () => {
    assert.deepEqual(told.templates.map(({ name }) => name), ['roll a build out', 'refund an order']);
  });
  await part(rows, 'nodes of two templates stay apart in the cache', async () => {
    await judgeNodes({ url, headers }, told.templates);
    return 'with a null key for PipelineNode and PipelineFlow, whose ids are those of the canvas';
  }, 'note');
  await part(rows, 'a subscription updates what a query cached', () => {
    assert.equal(told.cached?.state, 'FINISHED');
  });
}

// keys tells graphcache which types are values, and so parts of what holds them: those without an id, and those whose
// ids are the ones on the canvas, which two trees may share.
function keys(schema) {
  const values = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && !type.name.startsWith('__') && !isRoot(schema, type) && (!type.getFields().id || canvas.includes(type.name)),
  );
  return Object.fromEntries(values.map((type) => [type.name, () => null]));
}

function isRoot(schema, type) {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(type);
}
