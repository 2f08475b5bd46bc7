// What is published: complete, small, and understood by every module system.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const sdk = fileURLToPath(new URL('..', import.meta.url));
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
/** Ceilings, in bytes after gzip: what is there may shrink, and grows by decision only. */
const CORE = 11_770;
const SCRIPT = 14_330;
const REACT = 1_024;
let place: string;
let archive: string;
let installed: string;

before(() => {
  execFileSync(process.execPath, ['build.mjs'], { cwd: sdk, stdio: 'inherit' });
  place = mkdtempSync(join(tmpdir(), 'growthbus-package-'));
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', place], {
    cwd: sdk,
    encoding: 'utf8',
  });
  archive = join(place, packed.trim());
  installed = join(place, 'node_modules/@growthbus/browser');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', archive, '--strip-components=1', '-C', installed]);
  writeFileSync(join(place, 'package.json'), '{"type":"module"}');
  // What a page that uses these parts has installed.
  for (const peer of ['react', '@openfeature'])
    symlinkSync(join(modules, peer), join(place, 'node_modules', peer));
});

after(() => rmSync(place, { recursive: true, force: true }));

/** What a page loads at once of an entry, minified and compressed; what is loaded later is not in it. */
async function gzipped(entry: string): Promise<number> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(sdk, 'src', entry)],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2019',
    splitting: true,
    supported: { 'dynamic-import': true },
    outdir: '/out',
    absWorkingDir: '/',
    write: false,
    metafile: true,
    external: ['react'],
  });
  const first = Object.keys(metafile.outputs).find((name) =>
    metafile.outputs[name]?.entryPoint?.endsWith(entry),
  )!;
  const needed = new Set([first]);
  for (const name of needed) {
    for (const { path, kind } of metafile.outputs[name]!.imports) {
      if (kind === 'import-statement' && metafile.outputs[path]) needed.add(path);
    }
  }
  const texts = outputFiles
    .filter(({ path }) => needed.has(path.replace(/^\//, '')))
    .map(({ contents }) => contents);
  assert.ok(texts.length === needed.size);
  return gzipSync(Buffer.concat(texts), { level: 9 }).length;
}

test('core, React and the script with prompts stay below their ceilings', async () => {
  const core = await gzipped('index.ts');
  const script = gzipSync(readFileSync(join(sdk, 'dist/growthbus.js')), { level: 9 }).length;
  const react = await gzipped('react.ts');
  console.log(`bytes gzip: core ${core}, script with prompts ${script}, react ${react}`);
  assert.ok(core <= CORE, `core: ${core}`);
  assert.ok(script <= SCRIPT, `script: ${script}`);
  assert.ok(react <= REACT, `react: ${react}`);
});

test('the packed package is imported as ESM, required as CommonJS and run as a script', async () => {
  const names = {
    '.': 'createGrowth',
    openfeature: 'GrowthbusProvider',
    prompts: 'startLive',
    react: 'useFlag',
    seed: 'FlagEvaluator',
  };
  for (const [path, name] of Object.entries(names)) {
    const specifier = path === '.' ? '@growthbus/browser' : `@growthbus/browser/${path}`;
    const code = `import * as m from '${specifier}'; import { createRequire } from 'node:module';
      const r = createRequire(import.meta.url)('${specifier}');
      console.log(typeof m['${name}'], typeof r['${name}']);`;
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: place,
      encoding: 'utf8',
    });
    assert.equal(out.trim(), 'function function', specifier);
  }
  const context = vm.createContext({ AbortController, crypto, URL });
  vm.runInContext(readFileSync(join(installed, 'dist/growthbus.js'), 'utf8'), context);
  assert.equal(vm.runInContext('typeof growthbus.createGrowth', context), 'function');
  assert.equal(vm.runInContext('growthbus.createGrowth().flags.isEnabled("a")', context), false);
});

test('the script needs nothing newer than ES2019', () => {
  const text = readFileSync(join(sdk, 'dist/growthbus.js'), 'utf8');
  assert.doesNotMatch(text, /\?\.[a-zA-Z_$[(]|\?\?/);
  assert.doesNotMatch(text, /import\(/);
});

test('publint and are-the-types-wrong find nothing', () => {
  for (const [tool, args] of [
    ['publint', ['run', sdk, '--strict', '--pack', 'npm']],
    ['attw', [archive, '--no-emoji', '--no-color']],
  ] as const) {
    const { status, stdout } = spawnSync(join(modules, '.bin', tool), args, { cwd: sdk, encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  }
});

test('code is typed by the declarations of the registry', () => {
  writeFileSync(
    join(place, 'page.ts'),
    `import { createGrowth } from '@growthbus/browser';
     interface GrowthEvents { project_created: { project_type: string }; page_seen: Record<string, never> }
     const growth = createGrowth<GrowthEvents>({ url: 'https://growth.example.com' });
     growth.track('project_created', { project_type: 'web' });
     growth.track('page_seen');
     // @ts-expect-error a required property is missing
     growth.track('project_created', {});
     // @ts-expect-error there is no such event
     growth.track('project_deleted', {});
     export const value: string = growth.flags.get('color', 'blue');`,
  );
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const args = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--lib',
    'ES2022,DOM',
    '--module',
    'Node16',
    'page.ts',
  ];
  execFileSync(process.execPath, [tsc, ...args], { cwd: place, stdio: 'inherit' });
});
