// A visitor's story in a real browser, against any running server that has the playground: see README.md for usage.
// It leaves with 1 at the first thing that is not as a visitor would expect it, or if anything asked for another host.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [address, picture] = process.argv.slice(2);
if (!address) {
  console.error('usage: node try.mjs <address of the playground> [screenshot.png]');
  process.exit(2);
}
const home = new URL(address);
const profile = mkdtempSync(join(tmpdir(), 'playground-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  viewport: { width: 1400, height: 800 },
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

const requests = []; // everything the page, its workers and its sockets asked for
const complaints = []; // uncaught errors, console errors, policy violations
let step = 'start';
try {
  context.on('request', (request) => requests.push(request.url()));
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(20_000);
  page.on('websocket', (socket) => requests.push(socket.url()));
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('console', (message) => message.type() === 'error' && complaints.push(`console: ${message.text()}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`),
    );
  });
  await story(page);
  step = 'afterwards';
  const strangers = requests.filter((url) => !/^(data|blob|about):/.test(url) && new URL(url).host !== home.host);
  assert.deepEqual(strangers, [], 'requests to other hosts');
  assert.deepEqual(complaints, [], 'errors in the page');
  console.log(`ok: ${requests.length} requests, all to ${home.host}`);
} catch (error) {
  console.error(`failed at "${step}": ${error.message}`, { complaints });
  process.exitCode = 1;
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}

async function story(page) {
  const settings = await open(page);

  step = 'the headers are filled in';
  await page.getByRole('button', { name: 'Headers', exact: true }).click();
  await shows(page, '.graphiql-editor-tool', Object.keys(settings.headers));

  step = 'the examples are tabs';
  const tabs = page.locator('.graphiql-tabs [role="tab"], .graphiql-tab');
  if (settings.examples.length > 0) assert.equal(await tabs.count(), settings.examples.length);

  const [first] = settings.examples;
  if (first?.variables) {
    step = 'the first example has its variables';
    await page.getByRole('button', { name: 'Variables', exact: true }).click();
    await shows(page, '.graphiql-editor-tool', Object.keys(JSON.parse(first.variables)));
  }

  step = 'a query typed by keyboard is answered';
  await page.getByRole('button', { name: 'New tab' }).click();
  await page.locator('.graphiql-query-editor .monaco-editor').click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await page.keyboard.type('query Typed { __schema { queryType { name } } }', { delay: 30 });
  await page.keyboard.press('Escape'); // closes the completion list
  const sent = page.waitForRequest((request) => request.postData()?.includes('query Typed') ?? false);
  await page.locator('.graphiql-execute-button').click();
  const headers = (await sent).headers();
  for (const [name, value] of Object.entries(settings.headers)) assert.equal(headers[name.toLowerCase()], value);
  await shows(page, '.graphiql-response', ['"queryType"', '"name"']);

  step = 'prettify breaks the query into lines';
  await page.getByRole('button', { name: /^Prettify/ }).click();
  await page.waitForFunction(() => document.querySelectorAll('.graphiql-query-editor .view-line').length > 4);

  step = 'the documentation is there';
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await shows(page, '.graphiql-plugin', ['Root Types']);
  if (picture) await page.screenshot({ path: picture });

  step = 'the query builder is there';
  await page.getByRole('button', { name: 'Show GraphiQL Explorer' }).click();
  const field = page.locator('.graphiql-explorer-root .graphiql-explorer-field-view').first();
  const name = await field.innerText();
  await field.click();
  await shows(page, '.graphiql-query-editor', [`  ${name}`]);

  if (first) {
    step = 'an example opens in a tab of its own';
    const before = await tabs.count();
    await page.getByRole('button', { name: 'Show Examples' }).click();
    await page.locator('.playground-examples button').first().click();
    assert.equal(await tabs.count(), before + 1);
    await shows(page, '.graphiql-query-editor', [first.query.trim().split(/[\s({]/)[0]]);
  }

  step = 'after a reload the tabs and the headers are still there';
  const before = await tabs.count();
  // GraphiQL stores its tabs half a second after a change.
  await page.waitForFunction(
    (count) => JSON.parse(localStorage.getItem('graphiql:tabState') ?? '{}').tabs?.length === count,
    before,
  );
  await open(page);
  assert.equal(await tabs.count(), before);
  await page.getByRole('button', { name: 'Headers', exact: true }).click();
  await shows(page, '.graphiql-editor-tool', Object.keys(settings.headers));
  const stored = await page.evaluate(() => JSON.stringify(localStorage));
  for (const value of Object.values(settings.headers)) {
    assert.ok(!stored.includes(JSON.stringify(value).slice(1, -1)), 'a header is in the browser storage');
  }
}

async function open(page) {
  step = 'the page opens';
  await page.goto(home.href);
  assert.equal(await page.title(), 'Rehearse');
  await page.locator('.graphiql-query-editor .monaco-editor').waitFor();
  return page.evaluate(() => JSON.parse(document.getElementById('playground-config').textContent));
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
