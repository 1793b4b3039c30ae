import { defineConfig } from 'vite';

export default defineConfig({
  // Every address in the page is relative, so the server may mount the playground under any path.
  base: './',
  esbuild: { jsx: 'automatic', legalComments: 'none', pure: ['console.info'] },
  // Monaco's workers import modules of their own, which the default "iife" format cannot.
  worker: { format: 'es' },
  build: {
    outDir: 'build',
    assetsInlineLimit: 0,
    sourcemap: false,
    target: 'es2022',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4096,
    // The comments that carry the licences are stripped above: this file replaces them.
    license: { fileName: 'licenses.md' },
    rollupOptions: {
      onwarn(warning, warn) {
        // "use client" matters to server components only; a hundred lines of it hide real warnings.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
});
