// graphql-eslint over the schema: its recommended rules and those of the Relay server specification. The settings that
// differ from the rules' own stand here, each with its reason.
import { dirname } from 'node:path';
import graphql from '@graphql-eslint/eslint-plugin';
import { ESLint } from 'eslint';

const severity = 'error';

const settings = {
  // Relay's specification says nothing about lists that are no connections. Ours are short and whole: the nodes of a tree,
  // the problems of an input.
  '@graphql-eslint/relay-edge-types': [severity, { listTypeCanWrapOnlyEdgeType: false }],
  // What has an identity has an id. Types without one are values: parts of the one object that holds them, which caches
  // keep there. Each kind is listed, so that a new type without an id is a decision.
  '@graphql-eslint/strict-id-in-types': [
    severity,
    {
      acceptedIdNames: ['id'],
      acceptedIdTypes: ['ID'],
      exceptions: {
        suffixes: ['Payload', 'Connection', 'Edge', 'Event'],
        types: [
          ...['UserError', 'PipelineProblem', 'PageInfo', 'Viewer'],
          ...['SpaceConfig', 'UniformApiConfig', 'UniformApi', 'CredentialScope', 'NodeCredential'],
          ...['ActivityDetail', 'GatewayDetail', 'GatewayCondition', 'InputConstant', 'MockSchemeChoice'],
          ...['TaskProgress', 'TaskMock', 'NodeAttempt', 'HttpCall'],
          ...['GatewayDecision', 'GatewayBranch', 'GatewayOperand', 'UnresolvedText'],
          ...['MockTaskPreview', 'MockTaskSimulation', 'SimulatedNode'],
        ],
      },
    },
  ],
};

/** What the rules say about a schema file: {rules, messages}, the rules with how often each complains. */
export async function lint(file) {
  const recommended = graphql.configs['flat/schema-recommended'].rules;
  const rules = { ...recommended, ...graphql.configs['flat/schema-relay'].rules, ...settings };
  const eslint = new ESLint({
    cwd: dirname(file),
    overrideConfigFile: true,
    overrideConfig: [
      {
        files: ['**/*.graphqls'],
        languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: file } } },
        linterOptions: { noInlineConfig: true },
        plugins: { '@graphql-eslint': graphql },
        rules,
      },
    ],
  });
  const [{ messages }] = await eslint.lintFiles([file]);
  return { rules: Object.keys(rules), messages };
}
