import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const MOST_BYTES = 3_072;

test(`the evaluator is at most ${MOST_BYTES} bytes, minified and compressed`, async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../src/flags/index.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    minify: true,
    target: 'es2022',
    write: false,
  });
  const bytes = gzipSync(outputFiles[0]!.contents, { level: 9 }).length;

  assert.ok(bytes <= MOST_BYTES, `${bytes} bytes`);
  assert.ok(bytes > 500, `${bytes} bytes`);
});
