// The main job in a real browser, against a running server that was started with --dev:
//
//   node main_job.mjs <address of the playground> <id of the template "refund an order"> [screenshot.png]
//
// The headers are filled in, the README's first query typed by hand is answered, and the third example makes a task.
// It leaves with 1 at the first thing that is not so, or if anything asked for another host. playwright-core comes from
// the playground's own source folder (npm ci there).
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(new URL('../../graph/playground/web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const [address, templateID, picture] = process.argv.slice(2);
const home = new URL(address);
const profile = mkdtempSync(join(tmpdir(), 'main-job-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  viewport: { width: 1400, height: 900 },
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // The network is off: no name but the server's own resolves.
    `--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE ${home.hostname}`,
  ],
});

const asked = [];
const complaints = [];
let step = 'the page opens';
try {
  context.on('request', (request) => asked.push(request.url()));
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(30_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(home.href);
  await page.locator('.graphiql-query-editor .monaco-editor').waitFor();

  step = 'the header is filled in';
  await page.getByRole('button', { name: 'Headers', exact: true }).click();
  await shows(page, '.graphiql-editor-tool', ['X-Bkapi-Authorization', 'bk_app_secret']);

  step = "the README's first query, typed by hand";
  await page.getByRole('button', { name: 'New tab' }).click();
  await page.locator('.graphiql-query-editor .monaco-editor').click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  // Brackets close themselves, and typing the closing one steps over it.
  await page.keyboard.type('{ templates { nodes { id name } } }', { delay: 30 });
  await page.keyboard.press('Escape'); // closes the completion list
  const typed = await run(page);
  assert.deepEqual(typed.data.templates.nodes.map((node) => node.name).sort(), ['refund an order', 'roll a build out']);
  await shows(page, '.graphiql-response', ['"templates"', '"refund an order"', `"${templateID}"`]);
  if (picture) await page.screenshot({ path: picture.replace(/(\.png)?$/, '-query.png') });

  step = 'the example that creates a mock task';
  await page.getByRole('button', { name: 'Show Examples' }).click();
  await page.locator('.playground-examples button', { hasText: '3. Create a mock task' }).click();
  await shows(page, '.graphiql-query-editor', ['createMockTask']);
  await page.getByRole('button', { name: 'Variables', exact: true }).click();
  await shows(page, '.graphiql-editor-tool', [templateID]);
  const made = await run(page);
  assert.deepEqual(made.data.createMockTask.userErrors, []);
  const { task } = made.data.createMockTask;
  assert.equal(task.state, 'CREATED');
  await shows(page, '.graphiql-response', ['"createMockTask"', task.id, '"CREATED"']);
  if (picture) await page.screenshot({ path: picture.replace(/(\.png)?$/, '-task.png') });

  step = 'afterwards';
  const strangers = asked.filter((url) => !/^(data|blob|about):/.test(url) && new URL(url).host !== home.host);
  assert.deepEqual(strangers, [], 'requests to other hosts');
  assert.deepEqual(complaints, [], 'errors in the page');
  console.log(`task ${task.id}`);
} catch (error) {
  console.error(`failed at "${step}": ${error.message}`, { complaints });
  process.exitCode = 1;
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}

// run presses the button and returns the answer of the server.
async function run(page) {
  const answer = page.waitForResponse(
    (response) => response.request().method() === 'POST' && !response.request().postData()?.includes('__schema'),
  );
  await page.locator('.graphiql-execute-button').click();
  return (await answer).json();
}

// shows waits until every text is visible in the element; Monaco draws spaces as no-break spaces.
async function shows(page, selector, texts) {
  await page.waitForFunction(
    ([where, wanted]) => {
      const seen = [...document.querySelectorAll(where)].map((el) => el.innerText.replaceAll('\u00a0', ' ')).join('\n');
      return wanted.every((text) => seen.includes(text));
    },
    [selector, texts],
  );
}
