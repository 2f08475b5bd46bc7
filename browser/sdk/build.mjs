// Builds the package into dist/: ESM in shared chunks, CommonJS, a script for script tags with the parts that it loads
// from beside it, declarations.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { INTERNAL } from './internal-names.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = join(here, 'dist');
const entries = ['index', 'flags', 'openfeature', 'prompts', 'react', 'seed'].map((name) =>
  join(here, 'src', `${name}.ts`),
);
const common = {
  bundle: true,
  target: 'es2022',
  external: ['react', '@openfeature/web-sdk'],
  mangleProps: new RegExp(`^(${INTERNAL.join('|')})$`),
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
  }),
  build({ ...common, entryPoints: entries, outdir: out, format: 'cjs', outExtension: { '.js': '.cjs' } }),
  script(),
]);

/** The script, which knows its parts by a name that never changes and a query that follows their contents. */
async function script() {
  const parts = await build({
    ...common,
    minify: true,
    entryPoints: { 'growthbus-live': 'src/live/start.ts', 'growthbus-flags': 'src/flags/index.ts' },
    absWorkingDir: here,
    outdir: out,
    format: 'esm',
  }).then(() => Promise.all(['growthbus-live.js', 'growthbus-flags.js'].map(versioned)));
  await build({
    ...common,
    minify: true,
    entryPoints: [join(here, 'src/iife.ts')],
    outfile: join(out, 'growthbus.js'),
    format: 'iife',
    define: { LIVE: JSON.stringify(parts[0]), EVALUATOR: JSON.stringify(parts[1]) },
  });
}

async function versioned(name) {
  const hash = createHash('sha256').update(await readFile(join(out, name)));
  return `${name}?${hash.digest('hex').slice(0, 8)}`;
}

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
