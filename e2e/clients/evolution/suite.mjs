// Whether people's documents of the last release still work with the schema that is published now, and whether that
// schema is as the public rules want it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema, isInterfaceType, isNonNullType, isObjectType } from 'graphql';
import { root } from '../lib/server.mjs';
import { part } from '../lib/story.mjs';
import { lint } from './lint.mjs';

export const title = 'Evolution of the schema';
export const order = 80;
export const tools = ['@graphql-inspector/core', '@graphql-eslint/eslint-plugin'];

const published = join(root, 'schema.graphqls');

// Breaking changes that are allowed, by their path, each with the reason.
const allowed = new Map();

export async function run({ rows }) {
  await part(rows, 'no breaking change since the last release', () => compare(rows));
  await part(rows, 'every nullable field says when it is null', silent);
  await part(rows, 'graphql-eslint: schema-recommended and schema-relay', async () => {
    const { rules, messages } = await lint(published);
    const told = messages.map(({ line, ruleId, message }) => `line ${line}: ${ruleId}: ${message.replace(/\s+/g, ' ')}`);
    assert.deepEqual(told.slice(0, 20), [], `${told.length} complaints`);
    return `${rules.length} rules; evolution/lint.mjs gives the reasons of two settings`;
  });
}

async function compare(rows) {
  const was = buildSchema(readFileSync(new URL('last-release.graphql', import.meta.url), 'utf8'));
  const is = buildSchema(readFileSync(published, 'utf8'));
  const changes = await diff(was, is);
  const breaking = changes.filter((change) => change.criticality.level === CriticalityLevel.Breaking);
  const refused = breaking.filter((change) => !allowed.has(change.path));
  assert.deepEqual(refused.map((change) => `${change.path}: ${change.message}`), []);
  for (const change of breaking) rows.push({ name: change.message, status: 'note', detail: allowed.get(change.path) });
}

// silent finds nullable fields whose description does not speak of null. A field of type JSON may hold a null that
// somebody sent.
function silent() {
  const types = Object.values(buildSchema(readFileSync(published, 'utf8')).getTypeMap());
  const fields = types
    .filter((type) => (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__'))
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ path: `${type.name}.${field.name}`, ...field })));
  const nullable = fields.filter(({ type }) => !isNonNullType(type) && `${type}` !== 'JSON');
  assert.deepEqual(nullable.filter(({ description }) => !/\bnull\b/i.test(description)).map(({ path }) => path), []);
  return 'none is null only because of an error, so @semanticNonNull would be true nowhere';
}
