// gql.tada: types inferred by the compiler, played over one socket.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import WebSocket from 'ws';
import { command } from '../lib/command.mjs';
import { judge, mockTask, part } from '../lib/story.mjs';
import { home, results } from '../lib/suites.mjs';

export const title = 'gql.tada';
export const order = 45;
export const tools = ['gql.tada', 'graphql-ws', 'typescript'];

const here = join(home, 'tada');

export async function run({ wsUrl, headers, rows }) {
  rmSync(join(here, 'graphql-env.d.ts'), { force: true });
  const generated = await part(rows, 'generates without a warning', async () => {
    await command('gql.tada', ['generate-output'], { cwd: here, quiet: true });
  });
  const checked = generated && (await part(rows, 'gql.tada check finds nothing', async () => {
    await command('gql.tada', ['check', '--fail-on-warn'], { cwd: here, quiet: true });
  }));
  const compiled = checked && (await part(rows, 'compiles with --strict', async () => {
    await command('tsc', ['--project', here]);
  }));
  if (!compiled) return;
  await part(rows, 'plays the whole story', async () => {
    const { play } = await import(join(results, 'build', 'tada', 'story.js'));
    judge(await play(wsUrl, headers, WebSocket, mockTask));
    return 'all over one graphql-transport-ws socket with the header in connectionParams; taskEvents dropped on the way and resumed by afterSeq';
  });
}
