// A mock task from its start to its end, watched over both transports, and again by a client that was cut off.
import assert from 'node:assert/strict';
import { part } from '../lib/story.mjs';
import * as sockets from './sockets.mjs';
import * as streams from './streams.mjs';
import { create, start } from './tasks.mjs';

const events = `subscription ($id: ID!, $after: Int!) {
  taskEvents(taskId: $id, afterSeq: $after) {
    __typename seq time
    ... on TaskStateEvent { from state }
    ... on NodeStateEvent { nodeId nodeState: state }
  }
}`;
const updates = 'subscription ($id: ID!) { taskUpdated(taskId: $id) { id state lastSeq } }';

export async function watch(world) {
  const { rows } = world;
  const transports = {
    'graphql-ws': sockets.connect,
    'graphql-sse': streams.connect,
  };
  for (const [name, connect] of Object.entries(transports)) {
    const client = connect(world);
    await part(rows, `${name}: a task watched from before its start to its end`, async () => {
      const id = await create(world);
      const told = collect(client, { query: events, variables: { id, after: 0 } }, 'taskEvents');
      const seen = collect(client, { query: updates, variables: { id } }, 'taskUpdated');
      await start(world, id);
      const [all, states] = await Promise.all([told, seen]);
      assert.deepEqual(all.map(({ seq }) => seq), all.map((_, i) => i + 1));
      const last = all.filter(({ __typename }) => __typename === 'TaskStateEvent').at(-1);
      assert.equal(last.state, 'FINISHED');
      assert.equal(states.at(-1).state, 'FINISHED');
      assert.equal(states.at(-1).lastSeq, all.length);
    });
    await part(rows, `${name}: cut off and back again, nothing is missed`, async () => {
      const id = await create(world);
      await start(world, id);
      const whole = await collect(client, { query: events, variables: { id, after: 0 } }, 'taskEvents');
      const begin = [];
      for await (const { data } of client.iterate({ query: events, variables: { id, after: 0 } })) {
        begin.push(data.taskEvents);
        if (begin.length === 3) break;
      }
      const rest = await collect(client, { query: events, variables: { id, after: begin.at(-1).seq } }, 'taskEvents');
      assert.deepEqual([...begin, ...rest], whole);
    });
    await part(rows, `${name}: a task that is not there`, async () => {
      await assert.rejects(collect(client, { query: events, variables: { id: '1', after: 0 } }, 'taskEvents'), /NOT_FOUND/);
    });
    await client.dispose();
  }
  await part(rows, 'graphql-ws: a server that is restarted says 1001, and the client comes back', async () => {
    const codes = [];
    const client = sockets.connect(world, {
      retryAttempts: 100,
      // While nobody listens, a socket ends with an error, which the client takes for fatal unless told otherwise.
      shouldRetry: () => true,
      retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
      on: { closed: ({ code }) => codes.push(code) },
    });
    const id = await create(world);
    const told = collect(client, { query: updates, variables: { id } }, 'taskUpdated');
    await sockets.once(client, { query: '{ __typename }' });
    await world.server.restart();
    await start(world, id);
    assert.equal((await told).at(-1).state, 'FINISHED');
    assert.equal(codes[0], 1001);
    await client.dispose();
  });
}

// collect reads a subscription to its end. Errors are thrown, however the transport tells of them.
async function collect(client, request, field) {
  const all = [];
  try {
    for await (const { data, errors } of client.iterate(request)) {
      if (errors) throw errors;
      all.push(data[field]);
    }
  } catch (error) {
    throw Array.isArray(error) ? new Error(JSON.stringify(error)) : error;
  }
  return all;
}
