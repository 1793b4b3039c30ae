// Writes the descriptions of schema.graphqls as block strings, which is the one style that description-style allows and
// has no fix for: node evolution/style.mjs [file]. Nothing else of the file changes.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, visit } from 'graphql';
import { root } from '../lib/server.mjs';

const file = process.argv[2] ?? join(root, 'schema.graphqls');
const text = readFileSync(file, 'utf8');
const short = [];
visit(parse(text), { enter: ({ description }) => void (description && !description.block && short.push(description)) });

let styled = text;
// From the end, so that places stay where they are.
for (const { value, loc } of short.sort((a, b) => b.loc.start - a.loc.start)) {
  assert.ok(!/"""|\\|"$/.test(value), `line ${loc.startToken.line}: a block string cannot hold it as it is`);
  styled = `${styled.slice(0, loc.start)}"""${value}"""${styled.slice(loc.end)}`;
}
assert.deepEqual(meaning(styled), meaning(text));
writeFileSync(file, styled);
console.log(`${short.length} descriptions written as block strings`);

function meaning(sdl) {
  return JSON.stringify(parse(sdl, { noLocation: true }), (key, value) => (key === 'block' ? undefined : value));
}
