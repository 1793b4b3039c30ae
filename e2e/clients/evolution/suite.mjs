// Whether people's documents of the last release still work with the schema that is published now.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';
import { root } from '../lib/server.mjs';

export const title = 'Evolution of the schema';
export const order = 80;
export const tools = ['@graphql-inspector/core'];

// Breaking changes that are allowed, by their path, each with the reason.
const allowed = new Map();

export async function run({ rows }) {
  const was = buildSchema(readFileSync(new URL('last-release.graphql', import.meta.url), 'utf8'));
  const is = buildSchema(readFileSync(join(root, 'schema.graphqls'), 'utf8'));
  const breaking = (await diff(was, is)).filter((change) => change.criticality.level === CriticalityLevel.Breaking);
  const refused = breaking.filter((change) => !allowed.has(change.path));
  rows.push({
    name: 'no breaking change since the last release',
    status: refused.length === 0 ? 'ok' : 'fail',
    detail: refused.map((change) => `${change.path}: ${change.message}`).join('; '),
  });
  for (const change of breaking.filter((one) => allowed.has(one.path))) {
    rows.push({ name: change.message, status: 'note', detail: allowed.get(change.path) });
  }
}
