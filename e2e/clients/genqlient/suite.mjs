// genqlient: a Go client, generated, compiled, played.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../lib/command.mjs';
import { judge, mockTask, part } from '../lib/story.mjs';
import { home } from '../lib/suites.mjs';

const here = join(home, 'genqlient');
const [, genqlient] = /genqlient (v\S+)/.exec(readFileSync(join(here, 'go.mod'), 'utf8'));

export const title = 'genqlient (Go)';
export const order = 65;
export const other = { 'github.com/Khan/genqlient': genqlient };

export async function run({ url, wsUrl, headers, dir, rows }) {
  const generated = await part(rows, 'generates without a warning', async () => {
    rmSync(join(here, 'generated.go'), { force: true });
    const output = await command('go', ['tool', 'genqlient'], { cwd: here, quiet: true });
    if (output.trim()) throw new Error(output);
  });
  const binary = join(dir, 'genqlient');
  const compiled = generated && (await part(rows, 'compiles, and go vet is silent', async () => {
    await command('go', ['vet', '.'], { cwd: here });
    await command('go', ['build', '-o', binary, '.'], { cwd: here });
  }));
  if (!compiled) return;
  await part(rows, 'plays the whole story', async () => {
    const story = JSON.stringify({ url, wsUrl, headers, wanted: mockTask });
    const output = await command(binary, [], { cwd: here, env: { STORY: story } });
    judge(JSON.parse(output));
    return 'taskEvents over graphql-transport-ws, the rest over HTTP';
  });
}
