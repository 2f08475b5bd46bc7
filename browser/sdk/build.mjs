// Builds the package into dist/: ESM in shared chunks, CommonJS, one script for script tags, declarations.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = join(here, 'dist');
const entries = ['index', 'openfeature', 'prompts', 'react', 'seed'].map((name) =>
  join(here, 'src', `${name}.ts`),
);
const common = {
  bundle: true,
  target: 'es2019',
  external: ['react', '@openfeature/web-sdk'],
  logLevel: 'warning',
};

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await Promise.all([
  build({
    ...common,
    entryPoints: entries,
    outdir: out,
    format: 'esm',
    splitting: true,
    chunkNames: 'chunk-[hash]',
    supported: { 'dynamic-import': true },
  }),
  build({ ...common, entryPoints: entries, outdir: out, format: 'cjs', outExtension: { '.js': '.cjs' } }),
  build({
    ...common,
    entryPoints: [join(here, 'src/iife.ts')],
    outfile: join(out, 'growthbus.js'),
    format: 'iife',
    minify: true,
  }),
]);

// The compiler names the sources in its declarations; each module system has its own names for them.
const types = await mkdtemp(join(here, '.types-'));
try {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, '-p', join(here, 'tsconfig.json'), '--outDir', types], {
    stdio: 'inherit',
  });
  for (const entry of await readdir(types, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath ?? entry.path, entry.name);
    const text = await readFile(file, 'utf8');
    const target = join(out, relative(types, file));
    await mkdir(join(target, '..'), { recursive: true });
    await writeFile(target, named(text, '.js'));
    await writeFile(target.replace(/\.d\.ts$/, '.d.cts'), named(text, '.cjs'));
  }
} finally {
  await rm(types, { recursive: true, force: true });
}

function named(text, extension) {
  return text.replace(/(['"])(\.\.?\/[^'"]+)\.ts\1/g, `$1$2${extension}$1`);
}
