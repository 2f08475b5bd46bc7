// Code of the seed, its imports changed and nothing else.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ActivationEngine, EntitlementSync, FlagEvaluator, tracker, useGrowth } from '../src/seed.ts';
import { World, json, settle } from './support/world.ts';

const golden = new URL('../../../shared/src/test/resources/golden/flag-buckets.json', import.meta.url);
const vectors = (
  JSON.parse(readFileSync(golden, 'utf8')) as { seed: { user: string; key: string; bucket: number }[] }
).seed;

test('FlagEvaluator agrees with every golden vector', () => {
  const evaluator = new FlagEvaluator();
  assert.equal(evaluator.isFeatureEnabled('a', 'u'), false);
  for (const { user, key, bucket } of vectors) {
    for (const [percentage, on] of [
      [bucket, false],
      [bucket + 1, true],
    ] as const) {
      evaluator.load([{ key, enabled: true, rollout_percentage: percentage }]);
      assert.equal(evaluator.isFeatureEnabled(key, user), on, JSON.stringify({ user, key, percentage }));
    }
  }
  evaluator.load([{ key: 'f', enabled: true, rollout_percentage: 0, target_users: ['ada'] }]);
  assert.deepEqual(
    [evaluator.isFeatureEnabled('f', 'ada'), evaluator.isFeatureEnabled('f', 'bob')],
    [true, false],
  );
});

test('tracker and ActivationEngine work as the seed’s, except that an outage prompts nobody', async () => {
  const world = new World();
  const { growth } = world.tab({ prompts: false });
  useGrowth(growth);
  await settle();
  const page = new EventTarget();
  const prompts: unknown[] = [];
  page.addEventListener('show-upgrade-prompt', (event) => prompts.push((event as CustomEvent).detail));
  Object.assign(globalThis, { window: page });
  try {
    tracker.track('api_call', { endpoint: '/' }, 'ada');
    const engine = new ActivationEngine();
    await engine.evaluate('ada', 'project_created', 2);
    await engine.evaluate('ada', 'unknown', 1_000);
    await engine.evaluate('ada', 'project_created', 3);
    assert.deepEqual(prompts, [{ event: 'project_created', count: 3 }]);
    await world.advance(3_000);
    assert.deepEqual(
      world.node.events.map(({ name, user_id }) => [name, user_id]),
      [
        ['api_call', 'ada'],
        ['activation_threshold_crossed', null],
      ],
    );
    world.node.instead = () => json({ tier: 'free', limits: {} }, 500);
    assert.equal((await new EntitlementSync().resolve('payer')).tier, 'free');
    await engine.evaluate('payer', 'project_created', 3);
    assert.equal(prompts.length, 1);
  } finally {
    Reflect.deleteProperty(globalThis, 'window');
  }
});
