import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World, json, settle, token } from './support/world.ts';

const flag = (key: string, rollout_percentage: number, more: object = {}) => ({
  key,
  enabled: true,
  rollout_percentage,
  ...more,
});
const DEFINITIONS = '/api/flags/definitions';

test('before anything is known the page gets its own fallback, and nothing is thrown', () => {
  const world = new World();
  const { growth } = world.tab();
  assert.equal(growth.flags.isEnabled('a'), false);
  assert.equal(growth.flags.get('a', 'blue'), 'blue');
  assert.deepEqual(growth.flags.details('a', 7), {
    value: 7,
    variant: null,
    reason: 'PROVIDER_NOT_READY',
    version: 0,
  });
});

test('flags come from the page first, then from the device, and are evaluated without the network', async () => {
  const world = new World();
  world.online = false;
  const { growth } = world.tab({ user: 'ada', bootstrap: { version: 3, flags: [flag('a', 100)] } });
  assert.equal(growth.flags.isEnabled('a'), true);
  assert.equal(growth.flags.version, 3);

  const online = new World();
  online.node.definitions = { version: 4, flags: [flag('b', 100)] };
  const first = online.tab({ user: 'ada' });
  await first.growth.flags.ready;
  await settle();
  assert.equal(first.growth.flags.isEnabled('b'), true);
  online.online = false;
  const second = online.tab({ user: 'ada' });
  assert.equal(second.growth.flags.isEnabled('b'), true);
});

test('what is known already is not sent again: the tag travels, 304 keeps it', async () => {
  const world = new World();
  world.node.definitions = { version: 4, flags: [flag('b', 100)] };
  await world.tab().growth.flags.ready;
  await settle();
  const { growth } = world.tab();
  await growth.flags.ready;
  assert.equal(world.node.of(DEFINITIONS)[1]?.headers['If-None-Match'], '"4"');
  assert.equal(growth.flags.isEnabled('b'), true);
});

test('older and broken definitions change nothing', async () => {
  const world = new World();
  world.node.definitions = { version: 4, flags: [flag('b', 100)] };
  const { growth } = world.tab();
  await growth.flags.ready;
  const broken = [
    { version: 3, flags: [flag('b', 0)] },
    { version: 5 },
    { version: 'x', flags: [] },
    [],
    null,
    'text',
  ];
  for (const body of broken) {
    world.node.instead = ({ url }) => (url.pathname === DEFINITIONS ? json(body) : undefined);
    await growth.flags.refresh();
    assert.equal(growth.flags.isEnabled('b'), true, JSON.stringify(body));
    assert.equal(growth.flags.version, 4);
  }
  await settle();
  for (const key of world.storage.entries.keys()) {
    if (key.endsWith(':flags')) world.storage.entries.set(key, '{"body":{"version":9,"flags":{}}}');
  }
  world.online = false;
  assert.equal(world.tab().growth.flags.get('b', 'mine'), 'mine');
});

test('a value of another type than the fallback is not given out', async () => {
  const world = new World();
  const { growth } = world.tab({ bootstrap: { version: 1, flags: [flag('a', 100)] } });
  assert.equal(growth.flags.get('a', 'text'), 'text');
  assert.equal(growth.flags.details('a', 'text').reason, 'TYPE_MISMATCH');
  assert.equal(growth.flags.get('a', false), true);
});

test('another user sees no flicker: the answers change once, when theirs are complete', async () => {
  const world = new World();
  const definitions = (user: string) => ({
    version: 1,
    flags: [flag('mine', 0, { target_users: [user] }), flag('all', 100)],
  });
  world.node.instead = ({ url }) =>
    url.pathname === DEFINITIONS ? json(definitions(url.searchParams.get('user_id') ?? '')) : undefined;
  const { growth } = world.tab({ user: 'ada', exposures: false });
  await growth.flags.ready;
  const seen: boolean[] = [];
  growth.flags.subscribe(() => seen.push(growth.flags.isEnabled('mine')));

  const switched = growth.identify('bob');
  assert.equal(growth.flags.isEnabled('mine'), true, 'still the answer of the user before');
  const again = growth.identify('eve');
  await Promise.all([switched, again]);
  assert.equal(growth.flags.isEnabled('mine'), true);
  assert.ok(!seen.includes(false), JSON.stringify(seen));
  assert.equal(world.node.of(DEFINITIONS).at(-1)?.url.searchParams.get('user_id'), 'eve');
});

test('an announced revision is fetched after a pause of its own, and caches are passed by', async () => {
  const world = new World();
  world.node.definitions = { version: 1, flags: [flag('a', 0)] };
  const { FakeSocket } = await import('./support/world.ts');
  FakeSocket.all.length = 0;
  const { growth } = world.tab({ user: 'ada', userToken: () => token('ada', world.nowMs + 3_600_000) });
  await growth.flags.ready;
  await settle();
  const socket = FakeSocket.all[0]!;
  socket.open();
  world.node.definitions = { version: 2, flags: [flag('a', 100)] };
  const before = world.node.of(DEFINITIONS).length;
  socket.deliver('public.flags', { revision: 2 });
  await settle();
  assert.equal(world.node.of(DEFINITIONS).length, before);
  await world.advance(1_000);
  assert.equal(growth.flags.isEnabled('a'), true);
  assert.equal(world.node.of(DEFINITIONS).at(-1)?.url.searchParams.get('revision'), '2');
  socket.deliver('public.flags', { revision: 2 });
  await world.advance(2_000);
  assert.equal(world.node.of(DEFINITIONS).length, before + 1);
});

test('only the flags that a page cannot evaluate are asked from the node, and kept for times without it', async () => {
  const world = new World();
  world.node.definitions = { version: 1, flags: [flag('local', 100)], remote: ['by_tier'] };
  world.node.instead = ({ url }) =>
    url.pathname.startsWith('/ofrep/')
      ? json({ key: 'by_tier', value: 'gold', variant: 'gold', reason: 'TARGETING_MATCH' })
      : undefined;
  const { growth } = world.tab({ user: 'ada', attributes: { plan: 'x' } });
  await growth.flags.ready;
  assert.equal(growth.flags.get('by_tier', 'none'), 'gold');
  assert.equal(growth.flags.get('local', false), true);
  const asked = world.node.requests.filter(({ url }) => url.pathname.startsWith('/ofrep/'));
  assert.deepEqual(
    asked.map(({ url, body }) => [url.pathname, JSON.parse(body)]),
    [['/ofrep/v1/evaluate/flags/by_tier', { context: { plan: 'x', targetingKey: 'ada' } }]],
  );
  world.node.instead = ({ url }) => (url.pathname.startsWith('/ofrep/') ? json({}, 503) : undefined);
  await growth.flags.refresh();
  assert.equal(growth.flags.get('by_tier', 'none'), 'gold');
});

/** A node where one flag looks at the usage, one is kept on the server for another reason. */
function usageWorld(): { world: World; asked: () => string[]; usage: { now: number | null } } {
  const world = new World();
  const usage: { now: number | null } = { now: 39 };
  world.node.definitions = { version: 1, flags: [flag('local', 100)], remote: ['near_limit', 'secret'] };
  world.node.instead = ({ url }) => {
    const key = url.pathname.split('/ofrep/v1/evaluate/flags/')[1];
    if (key === 'secret') return json({ key, value: true, variant: 'on', reason: 'STATIC', metadata: {} });
    if (key !== 'near_limit') return undefined;
    if (usage.now === null) return json({ key, value: false, variant: 'off', reason: 'FACTS_UNAVAILABLE' });
    const on = usage.now >= 40;
    return json({
      key,
      value: on,
      variant: on ? 'on' : 'off',
      reason: on ? 'TARGETING_MATCH' : 'DEFAULT',
      metadata: { revision: 1, 'usage.api_calls': usage.now, entitlement_revision: 7 },
    });
  };
  const asked = () =>
    world.node.requests
      .map(({ url }) => url.pathname)
      .filter((path) => path.startsWith('/ofrep/'))
      .map((path) => path.split('/').pop()!);
  return { world, asked, usage };
}

test('the event that reaches a threshold flips the flag of the page that sent it, with what was looked at', async () => {
  const { world, asked, usage } = usageWorld();
  const { growth } = world.tab({ user: 'ada', exposures: false });
  await growth.flags.ready;
  await settle();
  assert.equal(growth.flags.isEnabled('near_limit'), false);
  assert.deepEqual(asked().sort(), ['near_limit', 'secret']);
  const definitions = world.node.of(DEFINITIONS).length;
  let told = 0;
  growth.flags.subscribe(() => told++);

  usage.now = 40;
  growth.track('api_call');
  await growth.flush();
  await settle();
  assert.equal(growth.flags.isEnabled('near_limit'), true);
  assert.deepEqual(growth.flags.details('near_limit', false).facts, {
    'usage.api_calls': 40,
    entitlement_revision: 7,
  });
  assert.deepEqual(asked().slice(2), ['near_limit'], 'nothing else is asked again');
  assert.equal(world.node.of(DEFINITIONS).length, definitions);
  assert.equal(told, 1);
});

test('an entitlement that changes, a prompt and a page that wakes ask again for the flags that look at facts', async () => {
  const { world, asked } = usageWorld();
  const { FakeSocket } = await import('./support/world.ts');
  FakeSocket.all.length = 0;
  const tab = world.tab({ user: 'ada', userToken: () => token('ada', world.nowMs + 3_600_000) });
  await tab.growth.flags.ready;
  await settle();
  const socket = FakeSocket.all[0]!;
  socket.open();
  await settle();
  const news: [string, () => unknown][] = [
    ['me.entitlements', () => socket.deliver('me.entitlements', { tier: 'pro', limits: {}, state: 'fresh' })],
    ['me.prompts', () => socket.deliver('me.prompts', { type: 'retract', prompt_id: 'p', reason: 'x' })],
    ['awake', () => tab.document.dispatchEvent(new Event('visibilitychange'))],
  ];
  for (const [name, happens] of news) {
    const before = asked().length;
    happens();
    await settle();
    assert.deepEqual(asked().slice(before), ['near_limit'], name);
  }
});

test('usage that others cause is seen within fifteen seconds, and never asked for by a page that nobody sees', async () => {
  const { world, asked, usage } = usageWorld();
  const tab = world.tab({ user: 'ada', exposures: false });
  await tab.growth.flags.ready;
  await settle();
  usage.now = 41;
  await world.advance(15_000);
  assert.equal(tab.growth.flags.isEnabled('near_limit'), true);
  tab.document.visibilityState = 'hidden';
  const before = asked().length;
  await world.advance(120_000);
  assert.equal(asked().length, before);
});

test('facts that the node cannot read leave what was shown, and are asked for again', async () => {
  const { world, usage } = usageWorld();
  usage.now = 40;
  const { growth } = world.tab({ user: 'ada' });
  await growth.flags.ready;
  await settle();
  usage.now = null;
  await growth.flags.refresh();
  assert.equal(growth.flags.isEnabled('near_limit'), true);

  const other = usageWorld();
  other.usage.now = null;
  const fresh = other.world.tab({ user: 'ada' });
  await fresh.growth.flags.ready;
  await settle();
  assert.equal(fresh.growth.flags.details('near_limit', false).reason, 'FACTS_UNAVAILABLE');
  other.usage.now = 40;
  await other.world.advance(15_000);
  assert.equal(fresh.growth.flags.isEnabled('near_limit'), true);
});

test('an exposure is noted once per user, revision and variant, with the same id from every page', async () => {
  const world = new World();
  world.node.definitions = { version: 1, flags: [flag('a', 100)] };
  for (let page = 0; page < 2; page++) {
    const { growth } = world.tab({ user: 'ada' });
    await growth.flags.ready;
    for (let i = 0; i < 5; i++) growth.flags.isEnabled('a');
    growth.flags.details('a', false, { expose: false });
    growth.flags.isEnabled('unknown');
    await world.advance(3_000);
  }
  const exposures = world.node.events.filter(({ name }) => name === '$exposure');
  assert.equal(exposures.length, 1);
  assert.deepEqual(exposures[0]?.properties, { flag: 'a', revision: 1, variant: 'on', reason: 'STATIC' });
  assert.equal(exposures[0]?.user_id, 'ada');
});

test('a node that does not answer is asked again later, and the page waits three seconds at most', async () => {
  const world = new World();
  world.node.instead = ({ url }) =>
    url.pathname === DEFINITIONS ? (new Promise<Response>(() => {}) as unknown as Response) : undefined;
  const { growth } = world.tab();
  let ready = false;
  void growth.flags.ready.then(() => (ready = true));
  await world.advance(2_900);
  assert.equal(ready, false);
  await world.advance(200);
  assert.equal(ready, true);
  world.node.instead = null;
  world.node.definitions = { version: 1, flags: [flag('a', 100)] };
  await world.advance(10_000);
  assert.equal(growth.flags.isEnabled('a'), true);
});

test('a page that wakes asks again when its flags are older than a minute', async () => {
  const world = new World();
  const { growth, document } = world.tab();
  await growth.flags.ready;
  document.dispatchEvent(new Event('visibilitychange'));
  await settle();
  assert.equal(world.node.of(DEFINITIONS).length, 1);
  await world.advance(61_000);
  document.dispatchEvent(new Event('visibilitychange'));
  await settle();
  assert.equal(world.node.of(DEFINITIONS).length, 2);
});

test('attributes that JSON cannot say are told and left out; flags go on', async () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  for (const attributes of [{ account: 12n }, circular]) {
    const world = new World();
    world.node.definitions = { version: 1, flags: [flag('a', 100)] };
    const { growth, errors } = world.tab({ attributes: attributes as never });
    await growth.flags.ready;
    assert.equal(growth.flags.isEnabled('a'), true);
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['invalid_attributes'],
    );
    await growth.flags.setAttributes({ plan: 'x' });
    world.node.definitions = { version: 2, flags: [flag('a', 0)] };
    await growth.flags.setAttributes(attributes as never);
    assert.equal(growth.flags.isEnabled('a'), false);
    assert.equal(errors.length, 2);
  }
});

test('after a logout the answers are no longer those of the attributes of the user before', async () => {
  const world = new World();
  world.node.definitions = { version: 1, flags: [], remote: ['by_tier'] };
  world.node.instead = ({ url }) =>
    url.pathname.startsWith('/ofrep/') ? json({ value: 'x', variant: 'x', reason: 'STATIC' }) : undefined;
  const { growth } = world.tab({ user: 'ada', attributes: { plan: 'gold' } });
  await growth.flags.ready;
  await growth.reset();
  const asked = world.node.requests.filter(({ url }) => url.pathname.startsWith('/ofrep/'));
  const { context } = JSON.parse(asked.at(-1)!.body) as { context: Record<string, unknown> };
  assert.deepEqual(Object.keys(context), ['targetingKey']);
  assert.notEqual(context['targetingKey'], 'ada');
});

const nordic = (more: object = {}) =>
  flag('nordic', 0, { rules: [{ key: 'no', if: [{ attribute: 'country', values: ['NO'] }] }], ...more });
const NORWAY = { user: 'ada', attributes: { country: 'NO' } };

/** The evaluator is under way until it is let come, or fails. */
function underWay(world: World) {
  let come!: () => void;
  let fail!: () => void;
  let asked = 0;
  const { evaluator } = world;
  world.evaluator = () => {
    asked++;
    return new Promise<void>((resolve, reject) => {
      come = resolve;
      fail = () => reject(new TypeError('not there'));
    }).then(evaluator);
  };
  return { come: () => come(), fail: () => fail(), asked: () => asked };
}

test('a page whose flags have no rules never loads the evaluator', async () => {
  const world = new World();
  const evaluator = underWay(world);
  world.node.definitions = {
    version: 1,
    flags: [flag('a', 50), flag('b', 50, { bucketing: 'murmur3', target_users: ['ada'] })],
  };
  const { growth } = world.tab({ user: 'ada' });
  await growth.flags.ready;
  assert.equal(growth.flags.isEnabled('b'), true);
  assert.equal(evaluator.asked(), 0);
});

test('a flag with rules is not ready until the evaluator is there, then it changes; the others are not kept waiting', async () => {
  const world = new World();
  world.online = false;
  const evaluator = underWay(world);
  const { growth } = world.tab({
    ...NORWAY,
    bootstrap: { version: 3, flags: [flag('a', 100)], targeted: [nordic()] },
  });
  assert.equal(growth.flags.isEnabled('a'), true);
  assert.deepEqual(growth.flags.details('nordic', 'mine'), {
    value: 'mine',
    variant: null,
    reason: 'PROVIDER_NOT_READY',
    version: 3,
  });
  let changes = 0;
  growth.flags.subscribe(() => changes++);
  evaluator.come();
  await settle();
  assert.ok(changes >= 1);
  assert.equal(growth.flags.details('nordic', false).rule, 'no');
  assert.equal(evaluator.asked(), 1);
});

test('the evaluator is under way at the same time as the definitions', async () => {
  const world = new World();
  const evaluator = underWay(world);
  const { growth } = world.tab({ ...NORWAY, bootstrap: { version: 3, flags: [nordic()] } });
  assert.equal(evaluator.asked(), 1);
  assert.equal(world.node.of(DEFINITIONS).length, 1);
  evaluator.come();
  await growth.flags.ready;
});

test('the next page begins with what was known last, for the same user and attributes, and exposes it once', async () => {
  const world = new World();
  world.node.definitions = { version: 7, flags: [nordic({ revision: 4 })] };
  const first = world.tab(NORWAY);
  await first.growth.flags.ready;
  assert.equal(first.growth.flags.isEnabled('nordic'), true);
  await world.advance(3_000);
  first.leave();

  const evaluator = underWay(world);
  const { growth } = world.tab(NORWAY);
  const { value, reason, rule } = growth.flags.details('nordic', false);
  assert.deepEqual([value, reason, rule], [true, 'TARGETING_MATCH', 'no']);
  for (const other of [{ user: 'bob' }, { ...NORWAY, attributes: { country: 'DE' } }]) {
    assert.equal(
      world.tab(other).growth.flags.details('nordic', false).reason,
      'PROVIDER_NOT_READY',
      JSON.stringify(other),
    );
  }
  evaluator.come();
  await world.advance(5_000);
  assert.equal(growth.flags.isEnabled('nordic'), true);
  await world.advance(5_000);
  const exposures = world.node.events.filter(
    ({ name, user_id }) => name === '$exposure' && user_id === 'ada',
  );
  assert.deepEqual(
    exposures.map(({ properties }) => [properties['variant'], properties['revision']]),
    [['on', 4]],
  );
});

test('a flag that gets rules keeps its answer until the evaluator can give the next', async () => {
  const world = new World();
  const evaluator = underWay(world);
  world.node.definitions = { version: 1, flags: [flag('nordic', 100)] };
  const { growth } = world.tab({ user: 'ada' });
  await growth.flags.ready;
  world.node.definitions = { version: 2, flags: [nordic()] };
  const seen = new Set<unknown>();
  growth.flags.subscribe(() => seen.add(growth.flags.get<unknown>('nordic', null)));
  const refreshed = growth.flags.refresh();
  await settle();
  assert.equal(growth.flags.isEnabled('nordic'), true);
  evaluator.come();
  await refreshed;
  assert.equal(growth.flags.isEnabled('nordic'), false);
  assert.deepEqual([...seen], [true, false]);
});

test('where the evaluator cannot be loaded, or not in three seconds, the node answers; it is tried again', async () => {
  const world = new World();
  world.node.definitions = { version: 1, flags: [nordic()] };
  world.node.instead = ({ url }) =>
    url.pathname === '/ofrep/v1/evaluate/flags/nordic'
      ? json({ value: true, variant: 'on', reason: 'TARGETING_MATCH' })
      : undefined;
  const evaluator = underWay(world);
  const { growth, errors } = world.tab(NORWAY);
  await settle();
  evaluator.fail();
  await growth.flags.ready;
  assert.equal(growth.flags.isEnabled('nordic'), true);
  assert.ok(errors.some(({ code }) => code === 'evaluator_unavailable'));

  let refreshed = false;
  world.node.instead = null;
  void growth.flags.refresh().then(() => (refreshed = true));
  await world.advance(2_900);
  assert.equal(refreshed, false);
  assert.equal(growth.flags.isEnabled('nordic'), true, 'what was known last');
  await world.advance(200);
  assert.equal(refreshed, true);
  evaluator.come();
  await settle();
  assert.equal(growth.flags.details('nordic', false).rule, 'no');
  assert.equal(evaluator.asked(), 2);
});

test('a page that brings the evaluator answers everything at once', async () => {
  const { prepare } = await import('../src/flags/index.ts');
  const world = new World();
  const evaluator = underWay(world);
  const { growth } = world.tab({
    ...NORWAY,
    evaluator: prepare,
    bootstrap: { version: 3, flags: [nordic()] },
  });
  assert.equal(growth.flags.isEnabled('nordic'), true);
  await growth.flags.ready;
  assert.equal(evaluator.asked(), 0);
});
