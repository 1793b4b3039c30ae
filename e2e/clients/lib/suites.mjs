// The suites that are here, and the versions of what they use.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the workspace. */
export const home = fileURLToPath(new URL('..', import.meta.url));

/** Where results go: one file for each suite. */
export const results = join(home, 'results');

/** All suites in the order of their `order`: {name, title, tools, flags, run}. */
export async function suites() {
  const found = [];
  for (const entry of readdirSync(home, { withFileTypes: true })) {
    const file = join(home, entry.name, 'suite.mjs');
    if (!entry.isDirectory() || entry.name === 'node_modules' || !existsSync(file)) continue;
    found.push({ name: entry.name, order: 100, tools: [], flags: [], ...(await import(file)) });
  }
  return found.sort((a, b) => a.order - b.order || a.name.localeCompare(b.name));
}

/** The version of an installed package. */
export function version(name) {
  return JSON.parse(readFileSync(join(home, 'node_modules', name, 'package.json'), 'utf8')).version;
}
