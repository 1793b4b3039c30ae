// What went wrong, in a text.
import { inspect } from 'node:util';

/** The stack of an error; for a socket's event what it says, for other things what they look like. */
export function explain(error) {
  if (error?.stack) return error.stack;
  if (error?.type === 'error') return `socket: ${error.message}`;
  if (error?.code && 'reason' in error) return `socket closed: ${error.code} ${error.reason}`;
  return inspect(error, { depth: 3 });
}
