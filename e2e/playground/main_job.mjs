// The main job in a real browser, against a running server that was started with --dev:
//
//   node main_job.mjs <address of the playground> <id of the template "refund an order"> [screenshot.png]
//
// The headers are filled in, the README's first query typed by hand is answered, and the examples make a task, start it
// and watch it over a WebSocket until it has ended.
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
const frames = []; // of every WebSocket: who sent it, and what
const complaints = [];
let step = 'the page opens';
try {
  context.on('request', (request) => asked.push(request.url()));
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(30_000);
  page.on('websocket', (socket) => {
    asked.push(socket.url());
    socket.on('framesent', ({ payload }) => frames.push({ by: 'page', ...JSON.parse(payload) }));
    socket.on('framereceived', ({ payload }) => frames.push({ by: 'server', ...JSON.parse(payload) }));
  });
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
  await example(page, '3. Create a mock task', 'createMockTask');
  await page.getByRole('button', { name: 'Variables', exact: true }).click();
  await shows(page, '.graphiql-editor-tool', [templateID]);
  const made = await run(page);
  assert.deepEqual(made.data.createMockTask.userErrors, []);
  const { task } = made.data.createMockTask;
  assert.equal(task.state, 'CREATED');
  await shows(page, '.graphiql-response', ['"createMockTask"', task.id, '"CREATED"']);
  if (picture) await page.screenshot({ path: picture.replace(/(\.png)?$/, '-task.png') });

  step = 'the example that starts it';
  await example(page, '4. Start it', 'startTask');
  await fill(page, { input: { id: task.id } });
  const { startTask } = (await run(page)).data;
  assert.deepEqual(startTask.userErrors, []);
  assert.equal(startTask.task.state, 'RUNNING');

  step = 'the example that watches it, over a WebSocket';
  await example(page, '5. Watch it', 'taskEvents');
  await fill(page, { taskId: task.id });
  await page.locator('.graphiql-execute-button').click();
  await until(() => events().some(({ nodeId, nodeState }) => nodeId === 'approve' && nodeState === 'RUNNING'));
  const headers = await page.evaluate(() => JSON.parse(document.getElementById('playground-config').textContent).headers);
  assert.deepEqual(frames[0], { by: 'page', type: 'connection_init', payload: headers });
  const before = events().length;

  step = 'what somebody else does to it is seen at once';
  const query = 'mutation ($id: ID!) { callbackNode(input: { taskId: $id, nodeId: "approve", data: { approved: true } }) { userErrors { code } } }';
  const answer = await fetch(new URL('graphql', home), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables: { id: task.id } }),
  });
  assert.deepEqual((await answer.json()).data.callbackNode.userErrors, []);
  await until(() => frames.some(({ by, type }) => by === 'server' && type === 'complete'));
  assert.ok(events().length > before, 'nothing new was seen');
  assert.deepEqual(events().map(({ seq }) => seq), events().map((_, i) => i + 1));
  assert.equal(events().findLast(({ __typename }) => __typename === 'TaskStateEvent').state, 'FINISHED');
  await shows(page, '.graphiql-response', ['"taskEvents"', `"seq": ${events().length}`]);
  if (picture) await page.screenshot({ path: picture.replace(/(\.png)?$/, '-watch.png') });

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

// example opens an example in a tab of its own.
async function example(page, title, field) {
  await page.locator('.playground-examples button', { hasText: title }).click();
  await shows(page, '.graphiql-query-editor', [field]);
}

// fill writes other variables in place of those that are there. The editor closes what it takes for open.
async function fill(page, variables) {
  await page.locator('.graphiql-editor-tool .monaco-editor:visible').click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(JSON.stringify(variables));
  await page.keyboard.press('Control+Shift+End');
  await page.keyboard.press('Delete');
  await shows(page, '.graphiql-editor-tool', [JSON.stringify(variables)]);
}

// events are those of the task that the page was told, in their order.
function events() {
  return frames.filter(({ by, type }) => by === 'server' && type === 'next').map(({ payload }) => payload.data.taskEvents);
}

// until waits for something that the page's sockets tell.
async function until(holds) {
  for (const end = Date.now() + 30_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 20))) {
    assert.ok(Date.now() < end, `the frames are ${JSON.stringify(frames)}`);
  }
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
