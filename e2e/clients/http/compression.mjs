// Content codings. fetch hides them, so this asks with node:http.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { part } from '../lib/story.mjs';

const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

export async function compression({ url, headers, home, rows }) {
  const body = JSON.stringify({ query: '{ __schema { types { name description } } }' });
  const ask = (coding) => post(url, { ...headers, 'content-type': 'application/json', 'accept-encoding': coding }, body);
  await part(rows, 'answers come in the coding that a client rates highest: gzip, br, zstd', async () => {
    const plain = await ask('identity');
    assert.equal(plain.headers['content-encoding'], undefined);
    for (const [accept, coding, unpack] of [
      ['gzip', 'gzip', gunzipSync],
      ['deflate, br', 'br', brotliDecompressSync],
      ['zstd;q=0.1, br;q=0.2, gzip;q=0.9', 'gzip', gunzipSync],
      ['gzip, br, zstd', 'zstd', (text) => (assert.deepEqual(text.subarray(0, 4), magic), plain.body)],
    ]) {
      const packed = await ask(accept);
      assert.equal(packed.headers['content-encoding'], coding);
      assert.equal(packed.headers.vary, 'Accept-Encoding');
      assert.ok(packed.body.length < plain.body.length / 3);
      assert.deepEqual(JSON.parse(unpack(packed.body)), JSON.parse(plain.body));
    }
  });
  await part(rows, 'small answers are left as they are', async () => {
    const small = await post(url, { ...headers, 'content-type': 'application/json', 'accept-encoding': 'gzip, br, zstd' },
      JSON.stringify({ query: '{ __typename }' }));
    assert.equal(small.headers['content-encoding'], undefined);
    assert.equal(small.headers.vary, 'Accept-Encoding');
  });
  await part(rows, 'the playground and the schema are compressed, too', async () => {
    for (const path of ['/', '/schema.graphql']) {
      const answer = await fetch(home + path);
      assert.ok(answer.headers.get('content-encoding'), path);
      assert.ok((await answer.text()).length > 1000);
    }
  });
}

function post(url, headers, body) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve({ headers: answer.headers, body: Buffer.concat(parts) }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
