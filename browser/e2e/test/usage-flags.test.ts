// A flag that looks at the usage of the user, in a real page: the event that reaches the limit changes its answer.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium } from '../src/chromium.ts';
import { NodeProcess, repository } from '../src/node-process.ts';
import { openPage, type PageWindow } from '../src/sdk-page.ts';
import { until } from '../src/until.ts';

const FLAG = 'near_limit';
let conf: string;
let node: NodeProcess;
let browser: Browser;
let context: BrowserContext;

before(async () => {
  conf = mkdtempSync(join(tmpdir(), 'growthbus-conf-'));
  const growth = JSON.parse(readFileSync(join(repository, 'conf/growth.json'), 'utf8')) as {
    flags: { definitions: unknown[] };
  };
  const rule = {
    key: 'forty_calls',
    if: [
      { attribute: 'tier', values: ['free'] },
      { attribute: 'usage.api_calls', operator: 'gte', values: [40] },
    ],
  };
  growth.flags.definitions.push({ key: FLAG, enabled: true, rollout_percentage: 0, rules: [rule] });
  writeFileSync(join(conf, 'growth.json'), JSON.stringify(growth));
  browser = await launchChromium();
  node = await NodeProcess.start({ conf });
});

after(async () => {
  await browser?.close();
  await node?.stop();
  node?.removeData();
  rmSync(conf, { recursive: true, force: true });
});

async function open(user: string): Promise<Page> {
  context = await browser.newContext();
  const page = await openPage(context, node.app, { user, tokens: '/api/auth/user-token' });
  await page.evaluate(() => (window as unknown as PageWindow).growth.flags.ready);
  return page;
}

const details = (page: Page) =>
  page.evaluate(
    (key) => (window as unknown as PageWindow).growth.flags.details(key, false, { expose: false }),
    FLAG,
  );

const call = (page: Page, count: number) =>
  page.evaluate((times) => {
    const { growth } = window as unknown as PageWindow;
    for (let i = 0; i < times; i++) growth.track('api_call', { endpoint: '/v1', status_code: 200 });
    return growth.flush();
  }, count);

test('the 40th event of the page flips its flag within seconds, and the answer is that of all other ways', async () => {
  const page = await open('forty');
  await call(page, 39);
  await until('39 calls are known', async () => (await details(page)).facts?.['usage.api_calls'] === 39);
  assert.equal((await details(page)).value, false);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(new URL(request.url()).pathname));

  await call(page, 1);
  await until('the flag is on', async () => (await details(page)).value === true, 3_000);
  const { reason, variant, facts, version } = await details(page);
  assert.deepEqual([reason, variant], ['TARGETING_MATCH', 'on']);
  assert.equal(facts?.['usage.api_calls'], 40);
  assert.ok(!requests.includes('/api/flags/definitions'), 'nothing but the flag with facts is asked again');
  assert.ok(
    requests.filter((path) => path.startsWith('/ofrep/')).every((path) => path.endsWith(`/${FLAG}`)),
    requests.join(),
  );

  const { flags } = await node.post<{ flags: Record<string, { reason: string; revision: number }> }>(
    '/api/flags/evaluate',
    { user_id: 'forty', keys: [FLAG] },
  );
  assert.equal(flags[FLAG]!.reason, reason);
  assert.equal(flags[FLAG]!.revision, version);
  await context.close();
});

test('the 40th event flips the flag of an open page also when the server of the customer sends it', async () => {
  const page = await open('elsewhere');
  const batch = Array.from({ length: 40 }, () => ({
    event_id: crypto.randomUUID(),
    schema_version: '1.0.0',
    user_id: 'elsewhere',
    timestamp: Date.now(),
    name: 'api_call',
    properties: { endpoint: '/v1', status_code: 200 },
  }));
  assert.equal((await details(page)).value, false);
  await node.post('/api/telemetry/ingest', { batch });
  await until('the flag is on', async () => (await details(page)).value === true, 20_000);
  await context.close();
});

test('an upgrade turns the flag off at once, because the node tells the page of it', async () => {
  const page = await open('upgrader');
  await call(page, 40);
  await until('the flag is on', async () => (await details(page)).value === true);
  await node.post('/demo/api/upgrade', { user_id: 'upgrader' });
  await until('the flag is off', async () => (await details(page)).value === false, 5_000);
  await context.close();
});
