// What a browser would let pages of other sites do.
import assert from 'node:assert/strict';
import { part } from '../lib/story.mjs';

const site = 'https://a.example';

export async function sites({ serve, url, rows }) {
  const preflight = (to, origin) =>
    fetch(to, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-bkapi-authorization',
      },
    });
  await part(rows, 'no page of another site may call by default', async () => {
    const answer = await preflight(url, site);
    assert.equal(answer.ok, false);
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
  });
  await part(rows, 'pages of a named site may, and of no other', async () => {
    const other = await serve(['--cors-origin', site]);
    for (const [origin, allowed] of [[site, site], ['https://b.example', null], ['null', null]]) {
      const asked = await preflight(other.url, origin);
      assert.equal(asked.status, 204);
      assert.equal(asked.headers.get('access-control-allow-origin'), allowed);
      assert.equal(asked.headers.get('access-control-max-age'), allowed && '7200');
      const answer = await fetch(other.url, {
        method: 'POST',
        headers: { ...other.headers, origin, 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ __typename }' }),
      });
      assert.equal(answer.headers.get('access-control-allow-origin'), allowed);
      assert.equal(answer.headers.get('access-control-allow-credentials'), allowed && 'true');
      assert.match(answer.headers.get('vary'), /Origin/);
    }
  });
}
