// The whole story with types that gql.tada infers in the compiler, over one graphql-transport-ws socket.
import { initGraphQLTada, type ResultOf, type TadaDocumentNode, type VariablesOf } from 'gql.tada';
import { print } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import type { introspection } from './graphql-env.d.ts';

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { ID: string; Time: string; Cursor: string; JSON: unknown; JSONObject: Record<string, unknown> };
}>();

const problem = graphql(`
  fragment Problem on UserError @_unmask {
    code
    message
    field
  }
`);

const viewer = graphql(`
  query Viewer {
    viewer {
      appCode
      username
    }
  }
`);

const templates = graphql(`
  query Templates($where: TemplateFilter) {
    templates(where: $where, orderBy: { field: NAME, direction: ASC }) {
      nodes {
        id
        name
      }
    }
  }
`);

const preview = graphql(
  `
    query Preview($input: CreateMockTaskInput!) {
      previewMockTask(input: $input) {
        mock {
          nodes
        }
        parameters
        userErrors {
          ...Problem
        }
      }
    }
  `,
  [problem],
);

const create = graphql(
  `
    mutation Create($input: CreateMockTaskInput!) {
      createMockTask(input: $input) {
        task {
          id
        }
        userErrors {
          ...Problem
        }
      }
    }
  `,
  [problem],
);

const start = graphql(
  `
    mutation Start($id: ID!) {
      startTask(input: { id: $id }) {
        task {
          state
        }
        userErrors {
          ...Problem
        }
      }
    }
  `,
  [problem],
);

const watch = graphql(`
  subscription Watch($id: ID!, $afterSeq: Int!) {
    taskEvents(taskId: $id, afterSeq: $afterSeq) {
      __typename
      seq
      ... on TaskStateEvent {
        state
      }
      ... on NodeStateEvent {
        nodeId
      }
    }
  }
`);

const results = graphql(`
  query Results($id: ID!) {
    task(id: $id) {
      state
      realCalls
      variables
      outputs
      nodes {
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

type Event = ResultOf<typeof watch>['taskEvents'];
type Wanted = Omit<VariablesOf<typeof create>['input'], 'templateId' | 'creator'>;

/** Plays the story and returns what was seen on the way. */
export async function play(url: string, headers: Record<string, string>, webSocketImpl: unknown, wanted: Wanted) {
  const client = createClient({ url, connectionParams: headers, webSocketImpl, retryAttempts: 0 });
  try {
    const who = (await ask(client, viewer, {})).viewer;
    const template = (await ask(client, templates, { where: { nameContains: 'refund' } })).templates.nodes[0];
    if (!template) throw new Error('no template');
    const input = { ...wanted, templateId: template.id, creator: 'ann' };
    const seen = (await ask(client, preview, { input })).previewMockTask;
    const refused = (await ask(client, create, { input: { ...input, name: ' ' } })).createMockTask;
    const { task: made } = (await ask(client, create, { input })).createMockTask;
    if (!made) throw new Error('refused');
    const [events, started] = await Promise.all([
      follow(client, made.id),
      ask(client, start, made).then((answer) => answer.startTask),
    ]);
    const { task } = await ask(client, results, made);
    return { who, seen, refused, started, events, task };
  } finally {
    await client.dispose();
  }
}

// follow drops the stream after two events and goes on behind the last one, as after a lost connection.
async function follow(client: Client, id: string) {
  const events: Event[] = [];
  for await (const data of stream(client, watch, { id, afterSeq: 0 })) {
    events.push(data.taskEvents);
    if (events.length === 2) break;
  }
  for await (const data of stream(client, watch, { id, afterSeq: events.at(-1)?.seq ?? 0 })) {
    events.push(data.taskEvents);
  }
  return events.map((event) => ({ seq: event.seq, state: event.__typename === 'TaskStateEvent' ? event.state : undefined }));
}

async function ask<Result, Variables extends Record<string, unknown>>(client: Client, document: TadaDocumentNode<Result, Variables>, variables: Variables): Promise<Result> {
  for await (const data of stream(client, document, variables)) return data;
  throw new Error('no answer');
}

async function* stream<Result, Variables extends Record<string, unknown>>(client: Client, document: TadaDocumentNode<Result, Variables>, variables: Variables) {
  for await (const { data, errors } of client.iterate<Result>({ query: print(document), variables })) {
    if (errors || !data) throw new Error(JSON.stringify(errors));
    yield data;
  }
}
