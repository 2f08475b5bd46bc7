// The client code that the product grew from, against a live node, its behaviour unchanged.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ActivationEngine } from '@growthbus/seed/activation';
import { FlagEvaluator, type FlagDefinition } from '@growthbus/seed/evaluator';
import { EntitlementSync } from '@growthbus/seed/sync';
import { GrowthTracker } from '@growthbus/seed/tracker';
import { fetchFrom } from '../src/base-url.ts';
import { NodeProcess, repository } from '../src/node-process.ts';
import { until } from '../src/until.ts';

interface StoredEvent {
  event_id: string;
  name: string;
  user_id: string;
  schema_version: string;
  properties: Record<string, unknown>;
}

const ROLLOUTS = [0, 1, 10, 25, 48, 49, 50, 99, 100];
let conf: string;
let node: NodeProcess;
let restoreFetch: () => void;

before(async () => {
  conf = mkdtempSync(join(tmpdir(), 'growthbus-conf-'));
  cpSync(join(repository, 'conf'), conf, { recursive: true });
  const file = join(conf, 'growth.json');
  const growth = JSON.parse(readFileSync(file, 'utf8')) as { flags: { definitions: unknown[] } };
  growth.flags.definitions.push(
    { key: 'lubricants', enabled: true, rollout_percentage: 48, target_users: [] },
    { key: 'switched_off', enabled: false, rollout_percentage: 100, target_users: ['user-1'] },
    { key: 'for_some', enabled: true, rollout_percentage: 0, target_users: ['user-1', 'Zoë 🚀'] },
    ...ROLLOUTS.map((rollout_percentage) => ({
      key: `rollout.${rollout_percentage}`,
      enabled: true,
      rollout_percentage,
    })),
  );
  writeFileSync(file, JSON.stringify(growth));
  node = await NodeProcess.start({ conf });
  restoreFetch = fetchFrom(() => node.app);
});

after(async () => {
  restoreFetch?.();
  await node?.stop();
  node?.removeData();
  rmSync(conf, { recursive: true, force: true });
});

async function stored(user: string): Promise<StoredEvent[]> {
  const page = await node.get<{ items: StoredEvent[] }>(
    `/api/admin/events?limit=1000&user_id=${encodeURIComponent(user)}`,
  );
  return page.items;
}

test('a full batch of 25 is sent at once and committed with everything that the page said', async () => {
  const tracker = new GrowthTracker();
  const begin = Date.now();
  for (let i = 0; i < 25; i++) tracker.track('project_created', { project_type: 'website', i }, 'batcher');

  const items = await until('25 events are stored', async () => {
    const found = await stored('batcher');
    return found.length === 25 && found;
  });

  assert.ok(Date.now() - begin < 2_000, 'it did not wait for the timer');
  assert.deepEqual(new Set(items.map((item) => item.properties['i'])), new Set(Array(25).keys()));
  assert.ok(items.every((item) => item.name === 'project_created' && item.schema_version === '1.0.0'));
});

test('a few events are sent after two seconds and committed', async () => {
  const tracker = new GrowthTracker();
  const begin = Date.now();
  for (let i = 0; i < 3; i++) tracker.track('api_call', { endpoint: '/v1', status_code: 200 }, 'waiter');

  await until('3 events are stored', async () => (await stored('waiter')).length === 3);

  assert.ok(Date.now() - begin >= 1_900, 'the timer decided');
});

test('10,000 pairs of user and flag have the same answer in the page and on the server', async () => {
  const { flags } = await node.get<{ flags: FlagDefinition[] }>('/api/flags/definitions');
  assert.ok(flags.length >= 12);
  const users = ['polygene', 'Zoë 🚀', 'x'.repeat(200), '0', ' ', 'é', '\u{10ffff}'];
  for (let i = users.length; users.length * flags.length < 10_000; i++) users.push(`user-${i}`);

  const evaluator = new FlagEvaluator();
  evaluator.load(flags);
  let pairs = 0;
  const differences: string[] = [];
  for (const user of users) {
    const { flags: answers } = await node.post<{ flags: Record<string, { value: boolean }> }>(
      '/api/flags/evaluate',
      { user_id: user },
    );
    for (const { key } of flags) {
      pairs++;
      if (answers[key]?.value !== evaluator.isFeatureEnabled(key, user)) differences.push(`${user} ${key}`);
    }
  }

  assert.ok(pairs >= 10_000, `${pairs} pairs`);
  assert.deepEqual(differences, []);
});

test('the smallest hash is bucket 48 on the server too: out at 48', async () => {
  const { flags } = await node.post<{ flags: Record<string, { value: boolean; reason: string }> }>(
    '/api/flags/evaluate',
    { user_id: 'polygene', keys: ['lubricants'] },
  );

  assert.deepEqual(
    { value: flags['lubricants']?.value, reason: flags['lubricants']?.reason },
    { value: false, reason: 'SPLIT' },
  );
});

test('an unknown user gets the free tier and its limit, and is not asked for again within the TTL', async () => {
  const sync = new EntitlementSync();

  const state = await sync.resolve('nobody');

  assert.equal(state.tier, 'free');
  assert.deepEqual(state.limits, { api_calls: 100 });
  assert.ok(state.last_sync > 0);
  assert.equal(await sync.resolve('nobody'), state);
});

test('a page whose node is away falls back to the free tier', async () => {
  const undo = fetchFrom(() => 'http://127.0.0.1:9');
  try {
    assert.deepEqual(await new EntitlementSync().resolve('offline'), {
      tier: 'free',
      limits: { api_calls: 100 },
      last_sync: 0,
    });
  } finally {
    undo();
  }
});

test('the activation engine prompts a free user at the threshold, and its own event is stored', async () => {
  const page = new EventTarget();
  const prompts: { event: string; count: number }[] = [];
  page.addEventListener('show-upgrade-prompt', (event) => prompts.push((event as CustomEvent).detail));
  Object.assign(globalThis, { window: page });
  try {
    const engine = new ActivationEngine();
    await engine.evaluate('activated', 'project_created', 2);
    assert.deepEqual(prompts, []);
    await engine.evaluate('activated', 'project_created', 3);
    assert.deepEqual(prompts, [{ event: 'project_created', count: 3 }]);

    await node.post('/demo/api/upgrade', { user_id: 'payer' });
    await engine.evaluate('payer', 'project_created', 3);
    assert.equal(prompts.length, 1, 'a user who pays is not prompted');

    // Its own event names no user outside of its properties, so that it is found by its name.
    const items = await until('the engine’s event is stored', async () => {
      const { items: found } = await node.get<{ items: StoredEvent[] }>(
        '/api/admin/events?name=activation_threshold_crossed',
      );
      return found.length > 0 && found;
    });
    assert.deepEqual(items[0]?.properties, { event: 'project_created', count: 3, userId: 'activated' });
  } finally {
    Reflect.deleteProperty(globalThis, 'window');
  }
});
