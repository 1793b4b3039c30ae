// Runs the suites against a real server: node run.mjs [suite…]. README.md says how a suite is made.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, serve } from './lib/server.mjs';
import { explain } from './lib/explain.mjs';
import { results, suites, version } from './lib/suites.mjs';

const patience = 180_000;
const all = await suites();
const asked = process.argv.slice(2);
const missing = asked.filter((name) => !all.some((suite) => suite.name === name));
if (missing.length > 0) {
  console.error(`no suite ${missing.join(', ')}; there are: ${all.map((suite) => suite.name).join(', ')}`);
  process.exit(2);
}

const dir = mkdtempSync(join(tmpdir(), 'rehearse-clients-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
const binary = build(dir);
mkdirSync(results, { recursive: true });

// What a client throws where nobody can catch it; it belongs to the suite that runs.
let strays = [];
process.on('uncaughtException', (error) => strays.push(error));

const failed = [];
for (const suite of all) {
  if (asked.length > 0 && !asked.includes(suite.name)) continue;
  const began = Date.now();
  const rows = await play(suite);
  const bad = rows.filter((row) => row.status === 'fail');
  failed.push(...bad.map((row) => ({ suite: suite.name, ...row })));
  const { name, title, order } = suite;
  const versions = Object.fromEntries(suite.tools.map((tool) => [tool, version(tool)]));
  const told = { suite: name, title, order, versions, ...(suite.other && { other: suite.other }), rows };
  writeFileSync(join(results, `${name}.json`), `${JSON.stringify(told, null, 2)}\n`);
  console.log(`== ${name}: ${rows.length - bad.length} of ${rows.length} ok, ${Math.round((Date.now() - began) / 1000)}s`);
  for (const row of rows) console.log(`  ${row.status.padEnd(4)}  ${row.name}${row.detail ? `: ${row.detail}` : ''}`);
}
for (const { suite, name, detail } of failed) console.error(`\nFAILED ${suite}: ${name}\n${detail}`);
// A client that leaves a socket open must not keep us.
process.exit(failed.length > 0 ? 1 : 0);

// play runs one suite with a server of its own. What it throws becomes its last row.
async function play(suite) {
  const servers = [];
  const more = async (flags = [], env = {}) => {
    const server = await serve(binary, flags, env);
    servers.push(server);
    return server;
  };
  const rows = [];
  strays = [];
  let late;
  try {
    const server = await more(suite.flags);
    const told = await Promise.race([
      suite.run({ server, url: server.url, wsUrl: server.wsUrl, headers: server.headers, home: server.home, binary, dir, serve: more, rows }),
      new Promise((_, reject) => {
        late = setTimeout(() => reject(new Error(`not done after ${patience / 1000}s`)), patience);
      }),
    ]);
    if (told && told !== rows) rows.push(...told);
    if (rows.length === 0) throw new Error('the suite tells no rows');
  } catch (error) {
    const log = servers[0]?.log().split('\n').slice(-20).join('\n');
    rows.push({ name: 'runs to its end', status: 'fail', detail: `${explain(error)}\n${log ?? ''}` });
  } finally {
    clearTimeout(late);
    await Promise.all(servers.map((server) => server.stop()));
  }
  if (strays.length > 0) {
    rows.push({ name: 'throws nothing behind our back', status: 'fail', detail: strays.map(explain).join('\n') });
  }
  return rows;
}
