// The story that every typed client plays: sign in, list templates, preview, be refused, create, start, watch to the end,
// read results. Each client plays it in its own way and tells the same things, which are judged here.
import assert from 'node:assert/strict';
import { explain } from './explain.mjs';

const nodes = ['fetch_order', 'refund_payment', 'tell_customer', 'approve'];

/** What is made: a run of the demo's template "refund an order" in which all that would call out is mocked. */
export const mockTask = {
  name: 'a refund that was paid',
  constants: { '${order_no}': 'A-7' },
  mockData: { nodes, outputs: { fetch_order: { state: 'paid' }, refund_payment: { refund_no: 'R-7' } } },
};

/** Judges what a client told; it throws at the first thing that is not so. */
export function judge({ who, seen, refused, started, events, task }) {
  assert.deepEqual([who.appCode, who.username], ['demo', 'demo'], 'sign in');

  assert.deepEqual(seen.userErrors, [], 'preview: user errors');
  assert.deepEqual([...seen.mock.nodes].sort(), [...nodes].sort(), 'preview: mocked nodes');
  assert.equal(seen.parameters['${order_no}'], 'A-7', 'preview: parameters');

  assert.equal(refused.task ?? null, null, 'a refused create makes no task');
  assert.deepEqual(refused.userErrors.map(({ code, field }) => [code, field]), [['BLANK', ['input', 'name']]], 'create: user errors');

  assert.deepEqual(started.userErrors, [], 'start: user errors');
  assert.ok(['RUNNING', 'FINISHED'].includes(started.task.state), `start: state ${started.task.state}`);

  if (events.every(({ seq }) => seq !== undefined)) {
    assert.deepEqual(events.map(({ seq }) => seq), events.map((_, i) => i + 1), 'watch: numbers');
  }
  const states = events.map(({ state }) => state).filter(Boolean);
  assert.equal(states.at(-1), 'FINISHED', `watch: the states were ${states}`);

  assert.equal(task.state, 'FINISHED', 'results: state');
  assert.equal(task.realCalls, 0, 'results: real calls');
  const node = Object.fromEntries(task.nodes.map((one) => [one.nodeId, one]));
  assert.equal(node.fetch_order.state, 'FINISHED', 'results: state of a node');
  assert.equal(node.fetch_order.mocked, true, 'results: a node is mocked');
  assert.equal(node.fetch_order.attempts.at(-1).outputs.state, 'paid', 'results: outputs of a node');
  assert.equal(task.variables['${order_no}'], 'A-7', 'results: variables');
}

/** Plays a part and adds its row: ok with what it returns as the detail, or fail with the error. */
export async function part(rows, name, play) {
  try {
    rows.push({ name, status: 'ok', detail: (await play()) ?? '' });
    return true;
  } catch (error) {
    rows.push({ name, status: 'fail', detail: explain(error) });
    return false;
  }
}
