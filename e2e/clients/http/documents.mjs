// Automatic persisted queries with Apollo Client's own link, and documents of a manifest by id.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { part } from '../lib/story.mjs';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const viewer = gql`query Viewer { viewer { appCode } }`;

export async function documents({ serve, dir, rows }) {
  for (const useGETForHashedQueries of [false, true]) {
    await part(rows, `Apollo Client sends a document once and then its hash, with ${useGETForHashedQueries ? 'GET' : 'POST'}`, async () => {
      const server = await serve();
      const sent = [];
      const counting = (to, init) => {
        sent.push(`${init.method} ${/[?"]query/.test(to.replace(/^[^?]*/, '') + (init.body ?? '')) ? 'text' : 'hash'}`);
        return fetch(to, init);
      };
      const ask = async () => {
        const client = new ApolloClient({
          cache: new InMemoryCache(),
          link: ApolloLink.from([
            new PersistedQueryLink({ sha256, useGETForHashedQueries }),
            new HttpLink({ uri: server.url, headers: server.headers, fetch: counting }),
          ]),
        });
        const { data } = await client.query({ query: viewer });
        assert.equal(data.viewer.appCode, 'demo');
        client.stop();
      };
      await ask();
      await ask();
      const first = useGETForHashedQueries ? 'GET' : 'POST';
      assert.deepEqual(sent, [`${first} hash`, 'POST text', `${first} hash`]);
    });
  }
  await part(rows, 'with a manifest, a documentId runs and a text does not', async () => {
    const text = 'query Viewer { viewer { appCode } }';
    const manifest = join(dir, 'manifest.json');
    writeFileSync(manifest, JSON.stringify({ [sha256(text)]: text }));
    const server = await serve(['--documents', manifest, '--documents-mode', 'only']);
    const ask = async (members) => {
      const answer = await fetch(server.url, {
        method: 'POST',
        headers: { ...server.headers, 'content-type': 'application/json', accept: 'application/graphql-response+json' },
        body: JSON.stringify(members),
      });
      const { data, errors } = await answer.json();
      return errors ? [answer.status, errors[0].extensions.code] : [answer.status, data.viewer.appCode];
    };
    assert.deepEqual(await ask({ documentId: `sha256:${sha256(text)}` }), [200, 'demo']);
    assert.deepEqual(await ask({ documentId: sha256(text) }), [200, 'demo']);
    assert.deepEqual(await ask({ documentId: sha256('{ other }') }), [400, 'PERSISTED_QUERY_NOT_IN_LIST']);
    assert.deepEqual(await ask({ query: text }), [400, 'PERSISTED_QUERY_ID_REQUIRED']);
    assert.deepEqual(await ask({ query: '{ __schema { queryType { name } } }' }), [400, 'PERSISTED_QUERY_ID_REQUIRED']);
  });
}
