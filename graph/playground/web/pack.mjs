// Turns vite's build/ into ../dist, which the Go package embeds: everything is brotli-compressed, except index.html,
// because the server writes its configuration into that page.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const from = join(import.meta.dirname, 'build');
const to = join(import.meta.dirname, '..', 'dist');
const budget = 4 << 20; // the same number as in ../file_test.go

rmSync(to, { recursive: true, force: true });
const files = readdirSync(from, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(from, join(entry.parentPath, entry.name)))
  .sort();

let raw = 0;
let packed = 0;
for (const name of files) {
  if (name.endsWith('.map')) throw new Error(`${name}: source maps do not belong into the binary`);
  const body = readFileSync(join(from, name));
  const page = name === 'index.html';
  const out = page ? body : compress(body);
  const target = join(to, page ? name : `${name}.br`);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, out);
  raw += body.length;
  packed += out.length;
}
console.log(`${files.length} files, ${raw} bytes, packed ${packed} bytes`);
if (packed > budget) throw new Error(`${packed} bytes are more than the budget of ${budget}`);

function compress(body) {
  return brotliCompressSync(body, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
    },
  });
}
