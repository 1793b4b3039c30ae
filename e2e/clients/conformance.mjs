// Writes docs/conformance.md from the results of all suites, when nothing failed: node conformance.mjs [--check]. With
// --check it writes nothing and fails when the committed page is not what the suites found.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/server.mjs';
import { results, suites } from './lib/suites.mjs';

const page = join(root, 'docs', 'conformance.md');
const found = (await suites()).map(({ name }) => {
  const file = join(results, `${name}.json`);
  if (!existsSync(file)) fail(`${name} has no result: run node run.mjs first`);
  return JSON.parse(readFileSync(file, 'utf8'));
});
const failed = found.filter(({ rows }) => rows.some(({ status }) => status === 'fail')).map(({ suite }) => suite);
if (failed.length > 0) fail(`these have rows that failed: ${failed.join(', ')}`);
const text = render(found);
if (!process.argv.includes('--check')) {
  writeFileSync(page, text);
} else if (!existsSync(page) || readFileSync(page, 'utf8') !== text) {
  writeFileSync(join(results, 'conformance.md'), text);
  fail('docs/conformance.md is not what the suites found: run node conformance.mjs and commit it.\n' + difference(text));
}

function render(found) {
  const lines = [
    '# Conformance',
    '',
    'What the public suites and typed clients say about this server. This page is written by `node conformance.mjs` in',
    '`e2e/clients` from what `node run.mjs` found; CI runs both and fails when a row differs.',
    '',
    '| suite | with | rows | ok |',
    '|---|---|---|---|',
    ...found.map((suite) => `| [${cell(suite.title)}](#${anchor(suite.title)}) | ${tools(suite)} | ${suite.rows.length} | ${count(suite)} |`),
    '',
    '`ok`: as the suite or the client wants it. `note`: works in another way, and the row says how. Nothing may fail.',
  ];
  for (const suite of found) {
    lines.push('', `## ${suite.title}`, '', `With ${tools(suite)}.`, '', '| what | verdict | |', '|---|---|---|');
    lines.push(...suite.rows.map((row) => `| ${cell(row.name)} | ${row.status} | ${cell(row.detail ?? '')} |`));
  }
  return `${lines.join('\n')}\n`;
}

function tools({ versions, other = {} }) {
  const all = Object.entries({ ...versions, ...other }).map(([name, version]) => `${cell(name)} ${version}`);
  return all.length > 0 ? all.join(', ') : 'our own checks';
}

function count({ rows }) {
  return rows.filter((row) => row.status === 'ok').length;
}

// anchor is what GitHub makes of a heading.
function anchor(title) {
  return title.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-');
}

// cell is a text that stays within its cell of a table.
function cell(text) {
  return String(text).replace(/\s+/g, ' ').trim().replace(/[|<]/g, (c) => (c === '|' ? '\\|' : '&lt;'));
}

// difference names the first lines that differ.
function difference(now) {
  const was = existsSync(page) ? readFileSync(page, 'utf8').split('\n') : [];
  const is = now.split('\n');
  const lines = [
    ...was.filter((line) => !is.includes(line)).map((line) => `- ${line}`),
    ...is.filter((line) => !was.includes(line)).map((line) => `+ ${line}`),
  ];
  return lines.slice(0, 40).join('\n');
}

function fail(why) {
  console.error(why);
  process.exit(1);
}
