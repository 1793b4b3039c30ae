// graphql-eslint over the schema: its recommended rules and those of the Relay server specification.
import graphql from '@graphql-eslint/eslint-plugin';
import { ESLint } from 'eslint';
import { join } from "node:path";

/** What the rules say about a schema file: {rules, messages}. */
export async function lint(folder, file) {
  const rules = {
    ...graphql.configs['flat/schema-recommended'].rules,
    ...graphql.configs['flat/schema-relay'].rules,
  };
  const eslint = new ESLint({
    cwd: folder,
    overrideConfigFile: true,
    overrideConfig: [
      {
        files: ['**/*.graphqls'],
        languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: join(folder, file) } } },
        plugins: { '@graphql-eslint': graphql },
        rules,
      },
    ],
  });
  const [result] = await eslint.lintFiles([file]);
  return { rules: Object.keys(rules), messages: result.messages };
}
