// The whole story with the documents and types that graphql-codegen's client preset makes, over fetch and server-sent
// events.
import { createClient } from 'graphql-sse';
import { graphql } from './gql/gql.js';
import type { CreateMockTaskInput, TaskEndSubscription, TypedDocumentString, UserErrorCode } from './gql/graphql.js';
import { TypedDocumentString as Document } from './gql/graphql.js';

graphql(`
  fragment Problem on UserError {
    code
    message
    field
    nodeId
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
  query Templates($first: Int!, $after: Cursor) {
    templates(first: $first, after: $after) {
      nodes {
        id
        name
      }
      pageInfo {
        hasNextPage
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
      warnings {
        ...Problem
      }
      userErrors {
        ...Problem
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
        ...Problem
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
        ...Problem
      }
    }
  }
`);

const watch = graphql(`
  subscription TaskEnd($id: ID!) {
    taskEvents(taskId: $id) {
      __typename
      seq
      ... on TaskStateEvent {
        state
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

/** Where the server is and how to call it. With `trusted`, documents go by their hash alone. */
export type Server = { url: string; headers: Record<string, string>; trusted?: boolean };

/** What a person is told. The compiler refuses this function when a code is added and not handled. */
export function advice(code: UserErrorCode): string {
  switch (code) {
    case 'REQUIRED':
    case 'BLANK':
    case 'TOO_LONG':
    case 'WRONG_TYPE':
    case 'INVALID_VALUE':
    case 'INVALID_CREDENTIAL':
    case 'INVALID_VERSION':
      return 'correct the value';
    case 'NOT_FOUND':
    case 'UNKNOWN_NODE':
    case 'UNKNOWN_PRESET':
    case 'NOT_AN_ACTIVITY':
    case 'PRESET_OF_OTHER_NODE':
    case 'NO_VERSION':
      return 'choose another';
    case 'CONFLICT':
    case 'WRONG_STATE':
      return 'load it again';
    case 'INVALID_PIPELINE':
      return 'open the editor';
    case 'LIMIT_REACHED':
      return 'make room';
    case 'UNKNOWN_CONSTANT':
    case 'INERT_OUTPUTS':
    case 'UNKNOWN_PLUGIN':
      return 'a warning';
    default:
      return unhandled(code);
  }
}

function unhandled(code: never): never {
  throw new Error(`no advice for ${String(code)}`);
}

/** Plays the story and returns what was seen on the way. */
export async function play(server: Server, input: { name: string; constants: Record<string, unknown>; mockData: CreateMockTaskInput['mockData'] }) {
  const who = (await ask(server, viewer, {})).viewer;
  const template = await find(server, 'refund an order');
  const wanted = { ...input, templateId: template.id, creator: who.username ?? 'ann' };
  const seen = (await ask(server, preview, { input: wanted })).previewMockTask;
  const refused = (await ask(server, create, { input: { ...wanted, name: ' ' } })).createMockTask;
  const made = (await ask(server, create, { input: wanted })).createMockTask;
  const id = made.task?.id;
  if (!id) throw new Error(`refused: ${made.userErrors.map((problem) => problem.message).join(' ')}`);
  const [events, { startTask: started }] = await Promise.all([follow(server, id), ask(server, start, { id })]);
  const { task } = await ask(server, results, { id });
  return { who, seen, refused, advice: refused.userErrors.map((problem) => advice(problem.code)), started, events, task };
}

// find turns pages of one template until it sees the name.
async function find(server: Server, name: string) {
  let after: string | null | undefined;
  for (let pages = 1; ; pages++) {
    const page = (await ask(server, templates, { first: 1, after })).templates;
    const found = page.nodes.find((template) => template.name === name);
    if (found) return { ...found, pages };
    if (!page.pageInfo.hasNextPage) throw new Error(`no template ${name}`);
    after = page.pageInfo.endCursor;
  }
}

async function follow(server: Server, id: string) {
  const client = createClient({ url: server.url, headers: server.headers, retryAttempts: 0 });
  const events: TaskEndSubscription['taskEvents'][] = [];
  for await (const { data, errors } of client.iterate<TaskEndSubscription>(body(server, watch, { id }))) {
    if (errors) throw new Error(JSON.stringify(errors));
    if (data) events.push(data.taskEvents);
  }
  client.dispose();
  return events;
}

async function ask<Result, Variables>(server: Server, document: TypedDocumentString<Result, Variables>, variables: Variables): Promise<Result> {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { ...server.headers, 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' },
    body: JSON.stringify(body(server, document, variables)),
  });
  const { data, errors } = (await response.json()) as { data?: Result; errors?: unknown };
  if (errors || !data) throw new Error(`${response.status}: ${JSON.stringify(errors)}`);
  return data;
}

function body<Result, Variables>(server: Server, document: TypedDocumentString<Result, Variables>, variables: Variables) {
  if (!server.trusted) return { query: document.toString(), variables: variables as Record<string, unknown> };
  if (!(document instanceof Document)) throw new Error('not a document of the generator');
  return { query: undefined as unknown as string, documentId: document.__meta__?.['documentId'], variables: variables as Record<string, unknown> };
}
