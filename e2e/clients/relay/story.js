// The whole story with the Relay runtime, without React: everything over one graphql-transport-ws socket or, for trusted
// documents, queries and mutations over HTTP by their hash alone.
import relay from 'relay-runtime';
import create from './artifacts/refundCreateMutation.graphql.js';
import events from './artifacts/refundEventsSubscription.graphql.js';
import preview from './artifacts/refundPreviewQuery.graphql.js';
import results from './artifacts/refundResultsQuery.graphql.js';
import start from './artifacts/refundStartMutation.graphql.js';
import templates from './artifacts/refundTemplatesQuery.graphql.js';
import page from './artifacts/refundTemplatesPageQuery.graphql.js';
import viewer from './artifacts/refundViewerQuery.graphql.js';

const { commitLocalUpdate, commitMutation, ConnectionHandler, Environment, fetchQuery, Network, Observable, RecordSource, requestSubscription, Store } = relay;

/** Plays the story and returns what was seen on the way. `socket` is a client of graphql-ws. */
export async function play({ socket, post }, wanted) {
  const subscribe = ({ id, text }, variables) =>
    Observable.create((sink) => socket.subscribe(post ? { query: '', documentId: id, variables } : { query: text, variables }, sink));
  const fetch = post ? ({ id }, variables) => post({ documentId: id, variables }) : subscribe;
  const environment = new Environment({
    network: Network.create(fetch, subscribe),
    store: new Store(new RecordSource()),
    // Ids of these are those of the canvas, which two trees may share.
    getDataID: ({ id }, type) => (type === 'PipelineNode' || type === 'PipelineFlow' ? null : id),
  });

  const who = (await query(environment, viewer, {})).viewer;
  const list = await pages(environment);
  const template = list.find(({ name }) => name === 'refund an order');
  const input = { ...wanted, templateId: template.id, creator: 'ann' };
  const seen = (await query(environment, preview, { input })).previewMockTask;
  const refused = (await mutate(environment, create, { input: { ...input, name: ' ' } })).createMockTask;
  const { id } = (await mutate(environment, create, { input })).createMockTask.task;
  const [watched, started] = await Promise.all([
    follow(environment, id),
    mutate(environment, start, { id }).then((answer) => answer.startTask),
  ]);
  const { node: task } = await query(environment, results, { id });
  const records = environment.getStore().getSource().toJSON();
  return { who, templates: list, seen, refused, started, events: watched, task, records };
}

// pages asks for pages of one template; the store's connection joins them.
async function pages(environment) {
  await query(environment, templates, { first: 1 });
  for (;;) {
    let after;
    const list = [];
    commitLocalUpdate(environment, (store) => {
      const connection = ConnectionHandler.getConnection(store.getRoot(), 'refund_templates');
      const info = connection.getLinkedRecord('pageInfo');
      after = info.getValue('hasNextPage') ? info.getValue('endCursor') : undefined;
      for (const edge of connection.getLinkedRecords('edges')) {
        const node = edge.getLinkedRecord('node');
        const nodes = node.getLinkedRecords('nodes').map((one) => ({ id: one.getValue('id'), outgoing: one.getValue('outgoing') }));
        list.push({ id: node.getValue('id'), name: node.getValue('name'), nodes });
      }
    });
    if (!after) return list;
    await query(environment, page, { first: 1, after });
  }
}

function follow(environment, id) {
  return new Promise((resolve, reject) => {
    const seen = [];
    requestSubscription(environment, {
      subscription: events,
      variables: { id, afterSeq: 0 },
      onNext: ({ taskEvents }) => seen.push(taskEvents),
      onError: reject,
      onCompleted: () => resolve(seen),
    });
  });
}

function query(environment, document, variables) {
  return fetchQuery(environment, document, variables).toPromise();
}

function mutate(environment, mutation, variables) {
  return new Promise((resolve, reject) => {
    const onCompleted = (data, errors) => (errors ? reject(new Error(JSON.stringify(errors))) : resolve(data));
    commitMutation(environment, { mutation, variables, onCompleted, onError: reject });
  });
}
