// @graphql-codegen's client preset: generated, compiled, played.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../lib/command.mjs';
import { judge, mockTask, part } from '../lib/story.mjs';
import { home, results } from '../lib/suites.mjs';

export const title = 'GraphQL Code Generator, client preset';
export const order = 40;
export const tools = ['@graphql-codegen/cli', '@graphql-codegen/client-preset', 'graphql-sse', 'typescript'];

const here = join(home, 'codegen');
const built = join(results, 'build', 'codegen');

export async function run({ url, headers, rows, serve }) {
  rmSync(join(here, 'gql'), { recursive: true, force: true });
  const generated = await part(rows, 'generates without a warning', async () => {
    await command('graphql-codegen', ['--config', 'codegen.config.mjs'], { cwd: here, quiet: true });
  });
  const compiled = generated && (await part(rows, 'compiles with --strict', async () => {
    await command('tsc', ['--project', here]);
    return 'with an exhaustive switch over UserErrorCode';
  }));
  if (!compiled) return;
  await part(rows, 'a code that the switch leaves out does not compile', () => leaveOut('WRONG_STATE'));
  const { play } = await import(join(built, 'story.js'));
  await part(rows, 'plays the whole story', async () => {
    const told = await play({ url, headers }, mockTask);
    judge(told);
    assert.deepEqual(told.advice, ['correct the value']);
    return 'queries and mutations by fetch, taskEvents by server-sent events';
  });
  await part(rows, 'plays it by the hashes of persistedDocuments alone', async () => {
    const documents = join(here, 'gql', 'persisted-documents.json');
    const server = await serve(['--documents', documents, '--documents-mode', 'only']);
    judge(await play({ ...server, trusted: true }, mockTask));
    return 'with --documents-mode only';
  });
}

// leaveOut compiles the story without one case of its switch, which must fail.
async function leaveOut(code) {
  const copy = join(results, 'build', 'codegen-short');
  rmSync(copy, { recursive: true, force: true });
  cpSync(here, copy, { recursive: true });
  const story = readFileSync(join(copy, 'story.ts'), 'utf8');
  const short = story.replace(`    case '${code}':\n`, '');
  assert.notEqual(short, story);
  writeFileSync(join(copy, 'story.ts'), short);
  const project = readFileSync(join(copy, 'tsconfig.json'), 'utf8').replace('../tsconfig', '../../../tsconfig');
  writeFileSync(join(copy, 'tsconfig.json'), project);
  await assert.rejects(command('tsc', ['--noEmit', '--project', copy]), new RegExp(`"${code}"' is not assignable to .*'never'`));
}
