// The whole story with Apollo Client: queries and mutations over HTTP, taskUpdated over a socket straight into the
// normalised cache, which is keyed by nothing but the global id.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client/core';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { getMainDefinition, relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import {
  CreateDocument,
  PreviewDocument,
  ResultsDocument,
  StartDocument,
  TaskStateFragmentDoc,
  TemplatesDocument,
  ViewerDocument,
  WatchDocument,
  type CreateMockTaskInput,
} from './gql/graphql.js';

type Wanted = Omit<CreateMockTaskInput, 'templateId' | 'creator'>;

/** What the story needs: addresses, the caller's header, a socket, and a link ahead of all others, if any. */
export type Setup = {
  url: string;
  wsUrl: string;
  headers: Record<string, string>;
  webSocketImpl: unknown;
  possibleTypes: Record<string, string[]>;
  ahead?: ApolloLink;
};

/** Plays the story and returns what was seen on the way, with the cache as it was left. */
export async function play(setup: Setup, wanted: Wanted) {
  const socket = createClient({ url: setup.wsUrl, connectionParams: setup.headers, webSocketImpl: setup.webSocketImpl, retryAttempts: 0 });
  const http = new HttpLink({ uri: setup.url, headers: setup.headers });
  const link = ApolloLink.split(({ query }) => isSubscription(query), new GraphQLWsLink(socket), http);
  const cache = new InMemoryCache({
    possibleTypes: setup.possibleTypes,
    dataIdFromObject: (object) => (object.id === undefined ? undefined : `${object.id}`),
    typePolicies: {
      Query: { fields: { templates: relayStylePagination() } },
      // Their ids are those of the canvas, which two trees may share.
      PipelineNode: { keyFields: false },
      PipelineFlow: { keyFields: false },
    },
  });
  const client = new ApolloClient({
    cache,
    link: setup.ahead ? setup.ahead.concat(link) : link,
  });
  try {
    return { ...(await tell(client, wanted)), entries: Object.values(cache.extract()) as Entry[] };
  } finally {
    client.stop();
    await socket.dispose();
  }
}

type Entry = { __typename?: string; id?: string; [field: string]: unknown };

async function tell(client: ApolloClient, wanted: Wanted) {
  const who = must(await client.query({ query: ViewerDocument })).viewer;
  const templates = await pages(client);
  const template = templates.find(({ name }) => name === 'refund an order');
  if (!template) throw new Error('no template');
  const input = { ...wanted, templateId: template.id, creator: 'ann' };
  const seen = must(await client.query({ query: PreviewDocument, variables: { input } })).previewMockTask;
  const refused = must(await client.mutate({ mutation: CreateDocument, variables: { input: { ...input, name: '' } } })).createMockTask;
  const made = must(await client.mutate({ mutation: CreateDocument, variables: { input } })).createMockTask.task;
  if (!made) throw new Error('refused');

  const [events, started] = await Promise.all([
    follow(client, made.id),
    client.mutate({ mutation: StartDocument, variables: { id: made.id } }).then((answer) => must(answer).startTask),
  ]);
  // Nothing was asked for again: the subscription wrote the state into the entry that createMockTask made.
  const cached = client.cache.readFragment({ id: `${made.id}`, fragment: TaskStateFragmentDoc, fragmentName: 'TaskState' });
  const { task } = must(await client.query({ query: ResultsDocument, variables: { id: made.id } }));
  return { who, templates, seen, refused, started, events, cached, task };
}

// pages asks for pages of one template; the cache joins them into one list.
async function pages(client: ApolloClient) {
  const list = client.watchQuery({ query: TemplatesDocument, variables: { first: 1 } });
  const subscription = list.subscribe({});
  let page = must(await client.query({ query: TemplatesDocument, variables: { first: 1 } })).templates;
  while (page.pageInfo.hasNextPage) {
    page = must(await list.fetchMore({ variables: { after: page.pageInfo.endCursor } })).templates;
  }
  const all = client.readQuery({ query: TemplatesDocument, variables: { first: 1 } });
  subscription.unsubscribe();
  return all?.templates.edges.map((edge) => edge.node) ?? [];
}

function follow(client: ApolloClient, id: string) {
  return new Promise<{ state: string }[]>((resolve, reject) => {
    const events: { state: string }[] = [];
    client.subscribe({ query: WatchDocument, variables: { id } }).subscribe({
      next: ({ data, error }) => (error ? reject(error) : data && events.push({ state: data.taskUpdated.state })),
      error: reject,
      complete: () => resolve(events),
    });
  });
}

function must<Data>({ data, error }: { data?: Data | null; error?: unknown }): Data {
  if (error || !data) throw error ?? new Error('no data');
  return data;
}

function isSubscription(query: Parameters<typeof getMainDefinition>[0]) {
  const definition = getMainDefinition(query);
  return 'operation' in definition && definition.operation === OperationTypeNode.SUBSCRIPTION;
}
