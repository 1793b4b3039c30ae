// What graphql-codegen makes from the schema and the documents in story.ts, with the settings that we tell people to use.
export default {
  schema: '../../../schema.graphqls',
  documents: ['story.ts'],
  generates: {
    './gql/': {
      preset: 'client',
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { mode: 'embedHashInDocument', hashPropertyName: 'documentId', hashAlgorithm: 'sha256' },
      },
      config: {
        documentMode: 'string',
        strictScalars: true,
        useTypeImports: true,
        emitLegacyCommonJSImports: false,
        scalars: { Time: 'string', Cursor: 'string', JSON: 'unknown', JSONObject: 'Record<string, unknown>' },
      },
    },
  },
};
