// The whole story with urql: graphcache joins pages by relayPagination, subscriptions come as server-sent events, types
// are inferred by gql.tada.
import { cacheExchange, type KeyingConfig } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { Client, fetchExchange, subscriptionExchange, type AnyVariables, type OperationResult } from '@urql/core';
import { initGraphQLTada, type ResultOf, type VariablesOf } from 'gql.tada';
import type { IntrospectionQuery } from 'graphql';
import { createClient } from 'graphql-sse';
import type { introspection } from './graphql-env.d.ts';

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { ID: string; Time: string; Cursor: string; JSON: unknown; JSONObject: Record<string, unknown> };
}>();

const viewer = graphql(`
  query Viewer {
    viewer {
      appCode
      username
    }
  }
`);

const templates = graphql(`
  query Templates($first: Int!, $after: Cursor) {
    templates(first: $first, after: $after) {
      edges {
        cursor
        node {
          id
          name
          nodes {
            id
            outgoing
          }
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`);

const preview = graphql(`
  query Preview($input: CreateMockTaskInput!) {
    previewMockTask(input: $input) {
      mock {
        nodes
      }
      parameters
      userErrors {
        code
        message
        field
      }
    }
  }
`);

const create = graphql(`
  mutation Create($input: CreateMockTaskInput!) {
    createMockTask(input: $input) {
      task {
        id
        state
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

const start = graphql(`
  mutation Start($id: ID!) {
    startTask(input: { id: $id }) {
      task {
        id
        state
      }
      userErrors {
        code
        message
        field
      }
    }
  }
`);

const watch = graphql(`
  subscription Watch($id: ID!) {
    taskUpdated(taskId: $id) {
      id
      state
      lastSeq
    }
  }
`);

const state = graphql(`
  query State($id: ID!) {
    task(id: $id) {
      id
      state
    }
  }
`);

const results = graphql(`
  query Results($id: ID!) {
    task(id: $id) {
      id
      state
      realCalls
      variables
      outputs
      nodes {
        id
        nodeId
        state
        mocked
        attempts {
          outputs
        }
      }
    }
  }
`);

type List = ResultOf<typeof templates>['templates'];
type Wanted = Omit<VariablesOf<typeof create>['input'], 'templateId' | 'creator'>;

/** What the story needs; `keys` says of each type without an id that it is part of its parent. */
export type Setup = { url: string; headers: Record<string, string>; schema: IntrospectionQuery; keys: KeyingConfig };

/** Plays the story and returns what was seen on the way. */
export async function play(setup: Setup, wanted: Wanted) {
  const events = createClient({ url: setup.url, headers: setup.headers, retryAttempts: 0 });
  const client = new Client({
    url: setup.url,
    fetchOptions: { headers: setup.headers },
    preferGetMethod: false,
    exchanges: [
      cacheExchange({
        schema: setup.schema,
        keys: setup.keys,
        resolvers: { Query: { templates: relayPagination() } },
      }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({
            unsubscribe: events.subscribe({ query: request.query ?? '', variables: request.variables ?? {} }, sink),
          }),
        }),
      }),
    ],
  });
  try {
    return await tell(client, wanted);
  } finally {
    events.dispose();
  }
}

async function tell(client: Client, wanted: Wanted) {
  const who = must(await client.query(viewer, {})).viewer;
  const list = await pages(client);
  const template = list.find(({ name }) => name === 'refund an order');
  if (!template) throw new Error('no template');
  const input = { ...wanted, templateId: template.id, creator: 'ann' };
  const seen = must(await client.query(preview, { input })).previewMockTask;
  const refused = must(await client.mutation(create, { input: { ...input, name: ' ' } })).createMockTask;
  const made = must(await client.mutation(create, { input })).createMockTask.task;
  if (!made) throw new Error('refused');
  must(await client.query(state, { id: made.id }));
  const [changes, started] = await Promise.all([
    follow(client, made.id),
    client.mutation(start, { id: made.id }).then((answer) => must(answer).startTask),
  ]);
  const cached = client.readQuery(state, { id: made.id })?.data?.task;
  const { task } = must(await client.query(results, { id: made.id }));
  return { who, templates: list, seen, refused, started, events: changes, cached, task };
}

// pages asks for pages of one template until there is no more, and returns what graphcache made of them.
async function pages(client: Client) {
  let after: string | null = null;
  for (;;) {
    const { edges, pageInfo }: List = must(await client.query(templates, { first: 1, after })).templates;
    if (!pageInfo.hasNextPage) return edges.map((edge) => edge.node);
    after = pageInfo.endCursor;
  }
}

function follow(client: Client, id: string) {
  return new Promise<{ state: string }[]>((resolve, reject) => {
    const changes: { state: string }[] = [];
    client.subscription(watch, { id }).subscribe((result) => {
      if (result.error) return reject(result.error);
      if (result.data) changes.push({ state: result.data.taskUpdated.state });
      if (!result.hasNext) resolve(changes);
    });
  });
}

function must<Data, Variables extends AnyVariables>({ data, error }: OperationResult<Data, Variables>): Data {
  if (error || !data) throw error ?? new Error('no data');
  return data;
}
