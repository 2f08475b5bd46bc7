// Measures the evaluators of pages in Node and in Chromium, and the sizes of the SDKs; writes JSON to a file.
// Arguments: the file, rounds, ms to warm up, ms to measure. Runs in the folder browser, whose tools it uses.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { launchChromium } from '../../browser/e2e/src/chromium.ts';

const [file, rounds, warmMs, windowMs] = process.argv.slice(2);
const here = fileURLToPath(new URL('.', import.meta.url));
const { build } = createRequire(fileURLToPath(new URL('../../browser/', import.meta.url)))('esbuild');
const SUBJECTS = ['growthbus', 'growthbook', 'flagd', 'growthbus_murmur3', 'unleash'];

/** What a page writes to have each SDK, and nothing that it does not need. */
const SIZES = {
  growthbus: `import { createGrowth } from '../../browser/sdk/src/index.ts'; globalThis.sdk = createGrowth({ key: 'k' });`,
  growthbus_flags: `import { prepare } from '../../browser/sdk/src/flags/index.ts'; globalThis.sdk = prepare(globalThis.definitions);`,
  posthog: `import posthog from 'posthog-js'; globalThis.sdk = posthog.init('k', { api_host: '/' });`,
  openfeature_ofrep: `import { OpenFeature } from '@openfeature/web-sdk'; import { OFREPWebProvider } from '@openfeature/ofrep-web-provider'; OpenFeature.setProvider(new OFREPWebProvider({ baseUrl: '/' })); globalThis.sdk = OpenFeature.getClient();`,
  growthbook: `import { GrowthBook } from '@growthbook/growthbook'; globalThis.sdk = new GrowthBook({ clientKey: 'k' });`,
  unleash: `import { UnleashClient } from 'unleash-proxy-client'; globalThis.sdk = new UnleashClient({ url: '/', clientKey: 'k', appName: 'a' });`,
};

const common = { bundle: true, minify: true, target: 'es2020', logLevel: 'error', write: false };

async function size(contents) {
  const { outputFiles, metafile } = await build({
    ...common,
    stdin: { contents, resolveDir: here },
    format: 'esm',
    splitting: true,
    metafile: true,
    outdir: here,
    entryNames: 'entry',
  });
  const outputs = Object.entries(metafile.outputs);
  const chunk = (name) => outputFiles.find((output) => output.path.endsWith('/' + name.split('/').pop()));
  const first = new Set();
  const load = (name) => {
    if (first.has(name)) return;
    first.add(name);
    for (const { path, kind } of metafile.outputs[name].imports) if (kind === 'import-statement') load(path);
  };
  load(outputs.find(([, { entryPoint }]) => entryPoint === '<stdin>')[0]);
  const gzip = (names) =>
    names.reduce((sum, name) => sum + gzipSync(chunk(name).contents, { level: 9 }).length, 0);
  return { first: gzip([...first]), all: gzip(outputs.map(([name]) => name)) };
}

async function bundle(subject) {
  const { outputFiles } = await build({
    ...common,
    stdin: {
      contents: `import create from './subjects/${subject}.js'; import { measure } from './subjects/measure.js';
        globalThis.bench = (warmMs, windowMs) => measure(create, warmMs, windowMs);`,
      resolveDir: here,
    },
    format: 'iife',
  });
  return outputFiles[0].text;
}

const work = await mkdtemp(join(tmpdir(), 'growthbus-bench-sdk-'));
const results = { node: process.version, rounds: [], sizes: {} };
const browser = await launchChromium();
try {
  results.chromium = browser.version();
  for (const [name, contents] of Object.entries(SIZES)) results.sizes[name] = await size(contents);
  const scripts = {};
  for (const subject of SUBJECTS) {
    scripts[subject] = await bundle(subject);
    const main = `\nprocess.stdout.write(JSON.stringify(globalThis.bench(${+warmMs}, ${+windowMs})), () => process.exit(0));\n`;
    await writeFile(join(work, `${subject}.cjs`), scripts[subject] + main);
  }
  const order = [...SUBJECTS];
  for (let round = 0; round < +rounds; round++) {
    const measured = {};
    for (const subject of order) {
      const said = execFileSync(process.execPath, [join(work, `${subject}.cjs`)], { encoding: 'utf8' });
      measured[subject] = { node: JSON.parse(said), chromium: await inChromium(scripts[subject]) };
    }
    results.rounds.push(measured);
    order.push(order.shift());
    console.log(`  round ${round + 1} of ${rounds}`);
  }
} finally {
  await browser.close();
  await rm(work, { recursive: true, force: true });
}
await writeFile(file, JSON.stringify(results));

/** A context of its own is a process of its own. */
async function inChromium(script) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.addScriptTag({ content: script });
    return await page.evaluate(([warm, window]) => globalThis.bench(warm, window), [+warmMs, +windowMs]);
  } finally {
    await context.close();
  }
}
