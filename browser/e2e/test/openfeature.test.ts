// OpenFeature's own SDKs with their OFREP providers: in a real browser on a page of another origin, and in Node.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature, type EvaluationContext, type JsonValue } from '@openfeature/server-sdk';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../src/chromium.ts';
import { NodeProcess, repository } from '../src/node-process.ts';
import type { FlagPage } from '../src/openfeature-page.ts';
import { until } from '../src/until.ts';

const PUBLISHABLE_KEY = 'pk_openfeature_test';
const SECRET_KEY = 'sk_openfeature_test';

interface Details {
  value: JsonValue;
  variant?: string | undefined;
  reason?: string | undefined;
  errorCode?: string | undefined;
}

interface Flag {
  key: string;
  enabled: boolean;
  rollout_percentage: number;
  [field: string]: unknown;
}

const valued = (key: string, a: JsonValue, off: JsonValue): Flag => ({
  key,
  enabled: true,
  rollout_percentage: 100,
  variants: { a, off },
  on: 'a',
  off: 'off',
});

let flags: Flag[] = [
  { key: 'live', enabled: true, rollout_percentage: 0 },
  { key: 'switched-off', enabled: false, rollout_percentage: 100 },
  { key: 'server-only', enabled: true, rollout_percentage: 100, evaluation: 'server' },
  { key: 'named', enabled: true, rollout_percentage: 0, target_users: ['ada'] },
  { key: 'half', enabled: true, rollout_percentage: 50 },
  {
    key: 'nordic',
    enabled: true,
    rollout_percentage: 0,
    rules: [{ key: 'no', if: [{ attribute: 'country', values: ['NO'] }] }],
  },
  valued('text', 'blau', ''),
  valued('whole', 42, 0),
  valued('fraction', 0.25, 0),
  valued('object', { colours: ['red', 'green'], deep: { n: 1 } }, {}),
];

let pages: Server;
let origin: string;
let conf: string;
let node: NodeProcess;
let browser: Browser;
/** Pages whose event stream is open. */
const streaming = new WeakSet<Page>();

/** Puts the flags in force. */
function publish(): void {
  const file = join(conf, 'growth.json');
  const growth = JSON.parse(readFileSync(join(repository, 'conf/growth.json'), 'utf8')) as {
    flags: { definitions: Flag[] };
  };
  growth.flags.definitions = flags;
  // As editors do: a whole new file takes the place of the old one.
  writeFileSync(`${file}.new`, JSON.stringify(growth));
  renameSync(`${file}.new`, file);
}

before(async () => {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('../src/openfeature-page.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    write: false,
  });
  pages = createServer((request, response) => {
    const script = request.url === '/page.js';
    response.setHeader('Content-Type', script ? 'text/javascript' : 'text/html');
    response.end(script ? bundle.outputFiles[0]!.text : '<!doctype html><script src="/page.js"></script>');
  }).listen(0, '127.0.0.1');
  await once(pages, 'listening');
  origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  conf = mkdtempSync(join(tmpdir(), 'growthbus-conf-'));
  cpSync(join(repository, 'conf'), conf, { recursive: true });
  publish();
  browser = await launchChromium();
  node = await NodeProcess.start({
    conf,
    environment: {
      GROWTHBUS_PUBLISHABLE_KEY: PUBLISHABLE_KEY,
      GROWTHBUS_SECRET_KEY: SECRET_KEY,
      GROWTHBUS_ADMIN_KEY: 'ak_openfeature_test',
      GROWTHBUS_TOKEN_SECRET: '0123456789abcdef0123456789abcdef',
      GROWTHBUS_ALLOWED_ORIGINS: origin,
    },
  });
});

after(async () => {
  await OpenFeature.close();
  await browser?.close();
  await node?.stop();
  node?.removeData();
  pages?.close();
  rmSync(conf, { recursive: true, force: true });
});

/** A page with the web SDK, ready for this context or whatever else became of it. */
async function open(key: string, context: EvaluationContext): Promise<{ page: Page; outcome: string }> {
  const page = await browser.newPage();
  page.on('response', (response) => {
    if (response.url().includes('/ofrep/v1/stream') && response.ok()) streaming.add(page);
  });
  await page.goto(origin);
  const outcome = await page.evaluate(
    ([app, k, c]) => (globalThis as unknown as { flagPage: FlagPage }).flagPage.start(app, k, c),
    [node.app, key, JSON.stringify(context)] as const,
  );
  return { page, outcome };
}

async function inPage(page: Page, key: string, fallback: JsonValue): Promise<Details> {
  const json = await page.evaluate(
    ([k, f]) => (globalThis as unknown as { flagPage: FlagPage }).flagPage.details(k, f),
    [key, JSON.stringify(fallback)] as const,
  );
  return JSON.parse(json) as Details;
}

const status = (page: Page): Promise<string> =>
  page.evaluate(() => (globalThis as unknown as { flagPage: FlagPage }).flagPage.status());

const become = (page: Page, context: EvaluationContext): Promise<void> =>
  page.evaluate(
    (c) => (globalThis as unknown as { flagPage: FlagPage }).flagPage.context(c),
    JSON.stringify(context),
  );

/** Node's SDK, asked as a page is. */
async function inNode(key: string, fallback: JsonValue, context: EvaluationContext): Promise<Details> {
  const client = OpenFeature.getClient();
  const { value, variant, reason, errorCode } =
    typeof fallback === 'boolean'
      ? await client.getBooleanDetails(key, fallback, context)
      : typeof fallback === 'string'
        ? await client.getStringDetails(key, fallback, context)
        : typeof fallback === 'number'
          ? await client.getNumberDetails(key, fallback, context)
          : await client.getObjectDetails(key, fallback, context);
  return { value, variant, reason, errorCode };
}

const useKey = (key: string): Promise<void> =>
  OpenFeature.setProviderAndWait(
    new OFREPProvider({ baseUrl: node.app, headers: [['Authorization', `Bearer ${key}`]] }),
  );

const EXPECTED: [string, JsonValue, Details][] = [
  ['live', true, { value: false, variant: 'off', reason: 'STATIC' }],
  ['switched-off', true, { value: false, variant: 'off', reason: 'DISABLED' }],
  ['named', false, { value: true, variant: 'on', reason: 'TARGETING_MATCH' }],
  ['text', '', { value: 'blau', variant: 'a', reason: 'STATIC' }],
  ['whole', 0, { value: 42, variant: 'a', reason: 'STATIC' }],
  ['fraction', 0, { value: 0.25, variant: 'a', reason: 'STATIC' }],
  ['object', {}, { value: { colours: ['red', 'green'], deep: { n: 1 } }, variant: 'a', reason: 'STATIC' }],
];

function assertAnswer(answer: Details, expected: Details, key: string): void {
  const { value, variant, reason, errorCode } = answer;
  assert.deepEqual({ value, variant, reason }, expected, key);
  assert.equal(errorCode, undefined);
}

test('in a browser every type of value arrives, with variant and reason', async () => {
  const { page, outcome } = await open(PUBLISHABLE_KEY, { targetingKey: 'ada' });
  assert.equal(outcome, 'ready');
  for (const [key, fallback, expected] of EXPECTED) {
    assertAnswer(await inPage(page, key, fallback), expected, key);
  }
  await page.close();
});

test('in Node every type of value arrives, with variant and reason', async () => {
  await useKey(SECRET_KEY);
  for (const [key, fallback, expected] of EXPECTED) {
    assertAnswer(await inNode(key, fallback, { targetingKey: 'ada' }), expected, key);
  }
});

test('a flag that is unknown or not for pages is the caller’s default, with an error', async () => {
  const { page } = await open(PUBLISHABLE_KEY, { targetingKey: 'ada' });
  await useKey(SECRET_KEY);
  for (const key of ['nowhere', 'server-only']) {
    const answer = await inPage(page, key, true);
    assert.deepEqual([answer.value, answer.errorCode], [true, 'FLAG_NOT_FOUND'], key);
  }
  for (const key of ['nowhere', 'no flag', 'a/b', 'naïve']) {
    const answer = await inNode(key, true, { targetingKey: 'ada' });
    assert.deepEqual([answer.value, answer.errorCode], [true, 'FLAG_NOT_FOUND'], key);
  }
  assertAnswer(
    await inNode('server-only', false, { targetingKey: 'ada' }),
    { value: true, variant: 'on', reason: 'STATIC' },
    'server-only',
  );
  await page.close();
});

test('a value of another type than the caller’s is a mismatch', async () => {
  await useKey(SECRET_KEY);
  const answer = await inNode('text', 1, { targetingKey: 'ada' });
  assert.deepEqual([answer.value, answer.errorCode], [1, 'TYPE_MISMATCH']);
});

test('a flag that depends on a user asked for nobody says so, and the others answer', async () => {
  const { page, outcome } = await open(PUBLISHABLE_KEY, {});
  assert.equal(outcome, 'ready');
  assert.equal((await inPage(page, 'half', true)).errorCode, 'TARGETING_KEY_MISSING');
  assert.equal((await inPage(page, 'text', '')).value, 'blau');
  await page.close();
  await useKey(SECRET_KEY);
  assert.equal((await inNode('half', true, {})).errorCode, 'TARGETING_KEY_MISSING');
});

test('a wrong key ends the web provider for good, and is an error of each answer in Node', async () => {
  const { page, outcome } = await open('wrong', { targetingKey: 'ada' });
  assert.notEqual(outcome, 'ready');
  assert.equal(await status(page), 'FATAL');
  assert.equal((await inPage(page, 'text', 'default')).value, 'default');
  await page.close();
  await useKey('wrong');
  const answer = await inNode('text', 'default', { targetingKey: 'ada' });
  assert.equal(answer.value, 'default');
  assert.ok(answer.errorCode);
});

test('another user and another attribute of the same user get answers of their own', async () => {
  const { page } = await open(PUBLISHABLE_KEY, { targetingKey: 'bob', country: 'SE' });
  const answers = async (named: boolean, nordic: boolean): Promise<boolean> =>
    (await inPage(page, 'named', false)).value === named &&
    (await inPage(page, 'nordic', false)).value === nordic;
  assert.ok(await answers(false, false));

  // The provider sends the tag of the former answer, because the user is the same.
  await become(page, { targetingKey: 'bob', country: 'NO' });
  await until('the other country counts', () => answers(false, true));
  await become(page, { targetingKey: 'bob', country: 'SE' });
  await until('the former country counts again', () => answers(false, false));
  await become(page, { targetingKey: 'ada', country: 'SE' });
  await until('the other user counts', () => answers(true, false));
  await page.close();
});

test('an open page sees a change within a second after it is in force', async () => {
  const { page } = await open(PUBLISHABLE_KEY, { targetingKey: 'ada' });
  assert.equal((await inPage(page, 'live', true)).value, false);
  await until('the stream is open', () => streaming.has(page));

  flags = flags.map((flag) => (flag.key === 'live' ? { ...flag, rollout_percentage: 100 } : flag));
  publish();
  const inForce = await until('the node answers by the new flags', async () => {
    const answers = await node.post<{ flags: { live: { value: boolean } } }>(
      '/api/flags/evaluate',
      { user_id: 'ada', keys: ['live'] },
      { Authorization: `Bearer ${SECRET_KEY}` },
    );
    return answers.flags.live.value && Date.now();
  });
  const seen = await until('the page sees it', async () => {
    const details = await inPage(page, 'live', false);
    return details.value === true && Date.now();
  });

  assert.ok(seen - inForce <= 1_000, `${seen - inForce} ms`);
  await page.close();
});

test('a question that is refused is the caller’s default, and the next one is answered', async () => {
  await useKey(SECRET_KEY);
  const large = await inNode('text', 'default', { targetingKey: 'ada', much: 'x'.repeat(70_000) });
  assert.equal(large.value, 'default');
  assert.ok(large.errorCode);
  assert.equal((await inNode('text', 'default', { targetingKey: 'ada' })).value, 'blau');
});
