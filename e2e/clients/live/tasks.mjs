// What is watched: a mock task of the demo application, made and started over HTTP.
import assert from 'node:assert/strict';
import { mockTask } from '../lib/story.mjs';

/** Makes a mock task of the demo template and returns its id. */
export async function create(world) {
  const { templates } = await ask(world, '{ templates { nodes { id name } } }');
  const templateId = templates.nodes.find(({ name }) => name === 'refund an order').id;
  const input = { ...mockTask, templateId, creator: 'live' };
  const { createMockTask } = await ask(world, 'mutation ($input: CreateMockTaskInput!) { createMockTask(input: $input) { task { id } userErrors { message } } }', { input });
  assert.deepEqual(createMockTask.userErrors, []);
  return createMockTask.task.id;
}

/** Starts a task. */
export async function start(world, id) {
  const { startTask } = await ask(world, 'mutation ($input: StartTaskInput!) { startTask(input: $input) { userErrors { code message } } }', { input: { id } });
  assert.deepEqual(startTask.userErrors, []);
}

async function ask({ url, headers }, query, variables) {
  const answer = await fetch(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await answer.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}
