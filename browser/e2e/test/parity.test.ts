// The evaluator of browsers in a real one, over everything that flags can say: one digest with all other ways to ask.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import type { Definitions, Snapshot } from '../../sdk/src/flags/index.ts';
import { readParity } from '../../sdk/test/flags/parity.ts';
import { launchChromium } from '../src/chromium.ts';
import { NodeProcess } from '../src/node-process.ts';
import type * as parityPage from '../src/parity-page.ts';

declare const growthbusParity: typeof parityPage;

const PUBLISHABLE_KEY = 'pk_parity_test';
const SECRET_KEY = 'sk_parity_test';
const parity = readParity();
const keys = parity.flags.definitions.map(({ key }) => key).sort();
let conf: string;
let node: NodeProcess;
let browser: Browser;
let page: Page;

before(async () => {
  conf = mkdtempSync(join(tmpdir(), 'growthbus-conf-'));
  writeFileSync(join(conf, 'growth.json'), JSON.stringify({ flags: parity.flags }));
  browser = await launchChromium();
  node = await NodeProcess.start({
    conf,
    environment: {
      GROWTHBUS_PUBLISHABLE_KEY: PUBLISHABLE_KEY,
      GROWTHBUS_SECRET_KEY: SECRET_KEY,
      GROWTHBUS_ADMIN_KEY: 'ak_parity_test',
      GROWTHBUS_TOKEN_SECRET: '0123456789abcdef0123456789abcdef',
    },
  });
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('../src/parity-page.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    globalName: 'growthbusParity',
    minify: true,
    target: 'es2019',
    write: false,
  });
  page = await browser.newPage();
  await page.route('**/empty', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }),
  );
  await page.goto(`${node.app}/empty`);
  // The compiler of the tests marks functions with their names; pages do not know its mark.
  await page.evaluate('globalThis.__name = (marked) => marked');
  await page.addScriptTag({ content: bundle.outputFiles[0]!.text });
});

after(async () => {
  await browser?.close();
  await node?.stop();
  node?.removeData();
  rmSync(conf, { recursive: true, force: true });
});

test('a hundred thousand pairs of flag and context have the digest of the server in Chromium', async () => {
  const { pairs, digest } = await page.evaluate(
    async ({ contexts, keys, key }) => {
      const response = await fetch('/api/flags/definitions', { headers: { Authorization: `Bearer ${key}` } });
      const snapshot = growthbusParity.prepare((await response.json()) as Definitions);
      const all = growthbusParity.lines(contexts, keys, () => snapshot);
      return { pairs: all.length, digest: await growthbusParity.digest(all) };
    },
    { contexts: parity.contexts, keys, key: SECRET_KEY },
  );
  assert.equal(pairs, parity.pairs);
  assert.equal(digest, parity.digest);
});

test('definitions that are narrowed to each user answer the same for that user', async () => {
  // Half of a surrogate pair can be in no address.
  const nameable = parity.contexts.filter(({ user }) => user !== null && !/\p{Cs}/u.test(user));
  assert.ok(nameable.length * keys.length > 80_000);
  const differences = await page.evaluate(
    async ({ contexts, keys, whole, narrow }) => {
      const definitions = async (query: string, key: string): Promise<Snapshot> => {
        const headers = { Authorization: `Bearer ${key}` };
        const response = await fetch('/api/flags/definitions' + query, { headers });
        return growthbusParity.prepare((await response.json()) as Definitions);
      };
      const all = await definitions('', whole);
      const expected = growthbusParity.lines(contexts, keys, () => all);
      const users = [...new Set(contexts.map(({ user }) => user!))];
      const snapshots = new Map<string, Snapshot>();
      const next = async (): Promise<void> => {
        for (let user = users.pop(); user !== undefined; user = users.pop())
          snapshots.set(user, await definitions(`?user_id=${encodeURIComponent(user)}`, narrow));
      };
      await Promise.all([next(), next(), next(), next()]);
      const found = growthbusParity.lines(contexts, keys, ({ user }) => snapshots.get(user!)!);
      return found.filter((line, i) => line !== expected[i]).slice(0, 5);
    },
    { contexts: nameable, keys, whole: SECRET_KEY, narrow: PUBLISHABLE_KEY },
  );
  assert.deepEqual(differences, []);
});
