import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeSocket, World, json, settle, token } from './support/world.ts';

const isEntitlement = (url: URL) => url.pathname.startsWith('/api/billing/');
const count = (world: World) => world.node.requests.filter(({ url }) => isEntitlement(url)).length;
const PRO = {
  tier: 'pro',
  limits: { api_calls: 10_000 },
  unlimited: ['seats'],
  features: ['advanced_export'],
  usage: { api_calls: 9_990 },
  last_sync: 1,
  state: 'fresh',
  revision: 2,
};

test('many questions at once are one request, and none within 300 seconds', async () => {
  const world = new World();
  const { growth } = world.tab({ user: 'ada' });
  const answers = await Promise.all(Array.from({ length: 20 }, () => growth.entitlements.resolve()));
  assert.equal(count(world), 1);
  assert.ok(answers.every(({ tier }) => tier === 'free'));
  await world.advance(299_000);
  await growth.entitlements.resolve();
  assert.equal(count(world), 1);
  await world.advance(2_000);
  await growth.entitlements.resolve();
  await settle();
  assert.equal(count(world), 2);
});

test('features, limits and what is left of them are answered from memory', async () => {
  const world = new World();
  world.node.entitlement = PRO;
  const { growth } = world.tab({ user: 'ada' });
  assert.equal(growth.entitlements.state, 'fallback');
  await growth.entitlements.resolve();
  const { entitlements } = growth;
  assert.equal(entitlements.state, 'fresh');
  assert.equal(entitlements.can('advanced_export'), true);
  assert.equal(entitlements.can('single_sign_on'), false);
  assert.equal(entitlements.remaining('api_calls'), 10);
  assert.equal(entitlements.remaining('seats'), Infinity);
  assert.equal(entitlements.remaining('nothing'), 0);
  assert.equal(entitlements.current, entitlements.current);
});

test('an error body, an invalid body and a fallback never replace what is known', async () => {
  for (const bad of [
    () => json({ tier: 'free', limits: {} }, 500),
    () => json({}),
    () => json({ tier: 'free', limits: { api_calls: 100 }, state: 'fallback', last_sync: 0, revision: 9 }),
    () => new Response('<html>'),
  ]) {
    const world = new World();
    world.node.entitlement = PRO;
    const { growth } = world.tab({ user: 'ada' });
    await growth.entitlements.resolve();
    world.node.instead = ({ url }) => (isEntitlement(url) ? bad() : undefined);
    await world.advance(301_000);
    await growth.entitlements.resolve();
    await settle();
    assert.equal(growth.entitlements.current.tier, 'pro');
    // The next page knows it too.
    assert.equal(world.tab({ user: 'ada' }).growth.entitlements.current.tier, 'pro');
    await world.advance(400_000);
    await growth.entitlements.resolve();
    await settle();
    assert.equal(growth.entitlements.state, 'stale');
  }
});

test('failures rest longer and longer instead of asking with every call', async () => {
  const world = new World();
  world.node.instead = ({ url }) => (isEntitlement(url) ? json({}, 503) : undefined);
  const { growth } = world.tab({ user: 'ada' });
  for (let i = 0; i < 100; i++) {
    assert.equal((await growth.entitlements.resolve()).state, 'fallback');
    await world.advance(1_000);
  }
  assert.ok(count(world) <= 7, String(count(world)));
});

test('what is known ends at its deadline, whoever answers', async () => {
  const world = new World();
  world.node.entitlement = { ...PRO, expires_at: world.nowMs + 100_000 };
  const { growth } = world.tab({ user: 'ada' });
  await growth.entitlements.resolve();
  world.online = false;
  await world.advance(101_000);
  assert.equal((await growth.entitlements.resolve()).tier, 'free');
});

test('a pushed change is there at once, its features follow, and an older one is ignored', async () => {
  const world = new World();
  FakeSocket.all.length = 0;
  const { growth } = world.tab({ user: 'ada', userToken: () => token('ada', world.nowMs + 3_600_000) });
  await growth.entitlements.resolve();
  await settle();
  const socket = FakeSocket.all[0]!;
  socket.open();
  let changes = 0;
  growth.entitlements.subscribe(() => changes++);
  world.node.entitlement = { ...PRO, revision: 5 };
  socket.deliver('me.entitlements', {
    revision: 5,
    tier: 'pro',
    limits: { api_calls: 10_000 },
    state: 'fresh',
  });
  assert.equal(growth.entitlements.current.tier, 'pro');
  await settle();
  assert.equal(growth.entitlements.can('advanced_export'), true);
  assert.ok(changes >= 1);
  socket.deliver('me.entitlements', { revision: 4, tier: 'free', limits: {}, state: 'fresh' });
  assert.equal(growth.entitlements.current.tier, 'pro');
});

test('another user gets nothing of the one before', async () => {
  const world = new World();
  world.node.entitlement = PRO;
  const { growth } = world.tab({ user: 'ada' });
  await growth.entitlements.resolve();
  world.node.instead = ({ url }) => (isEntitlement(url) ? json({}, 503) : undefined);
  await growth.identify('bob');
  assert.equal(growth.entitlements.current.tier, 'free');
  await growth.reset();
  assert.equal(growth.entitlements.state, 'fallback');
});

test('a node whose revisions have begun anew is believed after five minutes', async () => {
  const world = new World();
  world.node.entitlement = { ...PRO, revision: 9 };
  const { growth } = world.tab({ user: 'ada' });
  await growth.entitlements.resolve();
  world.node.entitlement = { ...PRO, tier: 'team', revision: 2 };
  await world.advance(301_000);
  await growth.entitlements.resolve();
  await settle();
  assert.equal(growth.entitlements.current.tier, 'team');
});

test('an answer that a push has overtaken changes nothing, however old what was known before', async () => {
  const world = new World();
  FakeSocket.all.length = 0;
  const { growth } = world.tab({ user: 'ada', userToken: () => token('ada', world.nowMs + 3_600_000) });
  await growth.entitlements.resolve();
  await settle();
  const socket = FakeSocket.all[0]!;
  socket.open();
  await world.advance(301_000);
  let answer = (_: Response) => {};
  world.node.instead = ({ url }) =>
    isEntitlement(url) ? new Promise<Response>((resolve) => (answer = resolve)) : undefined;
  void growth.entitlements.resolve();
  await settle();
  socket.deliver('me.entitlements', { revision: 5, tier: 'pro', limits: {}, state: 'fresh' });
  answer(json({ ...PRO, tier: 'free', revision: 4 }));
  await settle();
  assert.equal(growth.entitlements.current.tier, 'pro');
});
