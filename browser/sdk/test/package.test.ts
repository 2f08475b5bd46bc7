// What is published: complete, small, and understood by every module system.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';
import { INTERNAL } from '../internal-names.mjs';

const sdk = fileURLToPath(new URL('..', import.meta.url));
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
/** Ceilings, in bytes after gzip: what is there may shrink, and grows by decision only. */
const CORE = 10_160;
const SCRIPT = 10_032;
const PROMPTS = 3_248;
const EVALUATOR = 3_008;
const REACT = 488;
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

/** What a page loads at once of an entry of the package, bundled as pages do it; what is loaded later is not in it. */
async function gzipped(entry: string): Promise<number> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(installed, 'dist', entry)],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    splitting: true,
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

const served = (name: string) => readFileSync(join(installed, 'dist', name));
const compressed = (name: string) => gzipSync(served(name), { level: 9 }).length;

test('core, React, the script and the parts that it loads stay below their ceilings', async () => {
  const sizes = [
    ['core', await gzipped('index.js'), CORE],
    ['script', compressed('growthbus.js'), SCRIPT],
    ['part for prompts', compressed('growthbus-live.js'), PROMPTS],
    ['part that evaluates', compressed('growthbus-flags.js'), EVALUATOR],
    ['React', await gzipped('react.js'), REACT],
  ] as const;
  console.log('bytes gzip: ' + sizes.map(([name, bytes]) => `${name} ${bytes}`).join(', '));
  for (const [name, bytes, ceiling] of sizes) assert.ok(bytes <= ceiling, `${name}: ${bytes}`);
});

test('the script names its parts by their contents, and each gives what the script asks of it', async () => {
  const script = served('growthbus.js').toString();
  for (const [part, name] of [
    ['growthbus-live.js', 'startLive'],
    ['growthbus-flags.js', 'prepare'],
  ] as const) {
    const hash = createHash('sha256').update(served(part)).digest('hex').slice(0, 8);
    assert.ok(script.includes(`${part}?${hash}`), part);
    const module = (await import(join(installed, 'dist', part))) as Record<string, unknown>;
    assert.equal(typeof module[name], 'function');
  }
});

test('whatever a page may say and ask is there under its name in the script', () => {
  const context = vm.createContext({ AbortController, crypto, URL, TextEncoder, setTimeout, clearTimeout });
  vm.runInContext(served('growthbus.js').toString(), context);
  const members = (path: string) =>
    vm.runInContext(`Object.keys(growthbus.createGrowth({ user: 'ada' })${path}).sort().join()`, context);
  assert.equal(members(''), 'close,consent,entitlements,flags,flush,identify,prompts,reset,track,user');
  for (const [part, names] of Object.entries({
    flags: ['isEnabled', 'get', 'details', 'setAttributes', 'refresh', 'ready', 'version', 'subscribe'],
    entitlements: ['current', 'state', 'resolve', 'can', 'remaining', 'subscribe'],
    prompts: ['current', 'acknowledge', 'subscribe'],
    consent: ['get', 'set', 'subscribe'],
  })) {
    const there = String(members('.' + part)).split(',');
    for (const name of names) assert.ok(there.includes(name), `${part}.${name} of ${there.join()}`);
  }
  const said = served('growthbus.js').toString();
  const options = ['url', 'key', 'user', 'userToken', 'consent', 'attributes', 'bootstrap', 'exposures'];
  const more = [
    'schemaVersions',
    'rate',
    'perSecond',
    'burst',
    'prompts',
    'onError',
    'environment',
    'evaluator',
  ];
  for (const name of [...options, ...more]) assert.match(said, new RegExp(`[.{,]${name}\\b`), name);
});

test('the packed package is imported as ESM, required as CommonJS and run as a script', async () => {
  const names = {
    '.': 'createGrowth',
    flags: 'prepare',
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

test('names that the build shortens are nobody’s but the core’s', () => {
  const others = ['types', 'options', 'environment', 'flags/definitions', 'react', 'seed', 'iife'];
  const live = ['context', 'prompts', 'socket', 'start', 'view'].map((name) => `live/${name}`);
  for (const name of [...others, ...live]) {
    const code = readFileSync(join(sdk, `src/${name}.ts`), 'utf8').replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
    const used = new Set(code.match(/[\w$]+/g));
    assert.deepEqual(
      INTERNAL.filter((internal) => used.has(internal)),
      [],
      name,
    );
  }
});

test('the script and its parts need nothing newer than ES2022', async () => {
  for (const name of ['growthbus.js', 'growthbus-live.js', 'growthbus-flags.js']) {
    const text = served(name).toString();
    const { code } = await transform(text, { target: 'es2022', minify: true });
    assert.equal(code.length, (await transform(text, { target: 'esnext', minify: true })).code.length, name);
  }
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
