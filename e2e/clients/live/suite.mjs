// Operations that last: the protocols as raw sockets and the public clients see them, and a task watched to its end.
import { sockets } from './sockets.mjs';
import { codes } from './codes.mjs';
import { streams } from './streams.mjs';
import { watch } from './watch.mjs';

export const title = 'WebSockets and server-sent events';
export const order = 20;
export const tools = ['graphql-ws', 'graphql-sse', 'ws', 'graphql'];

export async function run(world) {
  await codes(world);
  await sockets(world);
  await streams(world);
  await watch(world);
}
