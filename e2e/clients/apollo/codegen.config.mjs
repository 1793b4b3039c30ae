// Apollo Client takes its types from graphql-codegen: the client preset's TypedDocumentNodes, with __typename where
// the cache adds it.
export default {
  schema: '../../../schema.graphqls',
  documents: ['documents/*.graphql'],
  generates: {
    './gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        strictScalars: true,
        useTypeImports: true,
        emitLegacyCommonJSImports: false,
        nonOptionalTypename: true,
        skipTypeNameForRoot: true,
        scalars: { Time: 'string', Cursor: 'string', JSON: 'unknown', JSONObject: 'Record<string, unknown>' },
      },
    },
  },
};
