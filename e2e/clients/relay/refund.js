// The documents of the story. The Relay compiler reads them here; at run time its artifacts are used, so nothing
// imports this file.
import { graphql } from 'relay-runtime';

graphql`
  query refundViewerQuery {
    viewer {
      appCode
      username
    }
  }
`;

graphql`
  query refundTemplatesQuery($first: Int!) {
    ...refund_templates @arguments(first: $first)
  }
`;

graphql`
  fragment refund_templates on Query
  @argumentDefinitions(first: { type: "Int!" }, after: { type: "Cursor" })
  @refetchable(queryName: "refundTemplatesPageQuery") {
    templates(first: $first, after: $after) @connection(key: "refund_templates") {
      edges {
        node {
          id
          name
          nodes {
            id
            name
            outgoing
          }
        }
      }
    }
  }
`;

graphql`
  query refundPreviewQuery($input: CreateMockTaskInput!) {
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
`;

graphql`
  mutation refundCreateMutation($input: CreateMockTaskInput!) {
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
`;

graphql`
  mutation refundStartMutation($id: ID!) {
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
`;

graphql`
  subscription refundEventsSubscription($id: ID!, $afterSeq: Int!) {
    taskEvents(taskId: $id, afterSeq: $afterSeq) {
      __typename
      seq
      ... on TaskStateEvent {
        state
      }
    }
  }
`;

graphql`
  query refundResultsQuery($id: ID!) {
    node(id: $id) {
      __typename
      ... on Task {
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
  }
`;
