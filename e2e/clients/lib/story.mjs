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

/**
 * Compares what a client's cache says of the templates' nodes with what the server says. Ids of a tree's nodes are those
 * of the canvas: two trees may have the same, which a cache must not take for one node.
 */
export async function judgeNodes({ url, headers }, templates) {
  const query = '{ templates { nodes { name nodes { id outgoing } } } }';
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data } = await response.json();
  const all = data.templates.nodes.flatMap(({ nodes }) => nodes.map(({ id }) => id));
  assert.ok(new Set(all).size < all.length, 'no two templates share an id: the comparison shows nothing');
  const plain = (list) => list.map(({ name, nodes }) => ({ name, nodes: nodes.map(({ id, outgoing }) => ({ id, outgoing })) }));
  assert.deepEqual(plain(templates), plain(data.templates.nodes));
}

/** Plays a part and adds its row: `status` with what it returns as the detail, or fail with the error. */
export async function part(rows, name, play, status = 'ok') {
  try {
    rows.push({ name, status, detail: (await play()) ?? '' });
    return true;
  } catch (error) {
    rows.push({ name, status: 'fail', detail: explain(error) });
    return false;
  }
}
