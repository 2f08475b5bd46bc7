import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONFIG, World, settle } from './support/world.ts';

const REQUIRED = { ...CONFIG, consent: { required: true, purpose: 'analytics' } };

test('pending stores nothing on the device and sends nothing; granted sends what was noted meanwhile', async () => {
  const world = new World();
  const { growth } = world.tab({ consent: 'pending', user: 'ada' });
  growth.track('before');
  await world.advance(60_000);
  assert.equal(world.storage.length, 0);
  assert.deepEqual(world.node.events, []);

  growth.consent.set('granted');
  await world.advance(5_000);
  assert.deepEqual(world.node.names(), ['before']);
  assert.deepEqual(world.node.batches[0]?.consent, { analytics: true });
  assert.equal(growth.consent.get(), 'granted');
});

test('before the node has said that consent is not required, nothing is stored either', async () => {
  const world = new World();
  world.online = false;
  const { growth } = world.tab();
  growth.track('a');
  await settle();
  assert.equal(world.storage.length, 0);
  assert.equal(growth.consent.get(), 'pending');
});

test('where consent is required the page is pending by itself', async () => {
  const world = new World();
  world.node.config = REQUIRED;
  const { growth } = world.tab();
  await world.advance(5_000);
  growth.track('a');
  await world.advance(5_000);
  assert.equal(growth.consent.get(), 'pending');
  assert.equal(world.storage.length, 0);
  growth.consent.set({ analytics: 'granted' });
  await world.advance(5_000);
  assert.deepEqual(world.node.names(), ['a']);
});

test('denied with 500 events queued: none is sent, nothing stays but the choice, and it holds on the next page', async () => {
  const world = new World();
  const { growth } = world.tab({ consent: 'granted', rate: { perSecond: 1e3, burst: 1e3 } });
  await settle();
  world.online = false;
  for (let i = 0; i < 500; i++) growth.track('e', { i });
  growth.consent.set('denied');
  world.online = true;
  await growth.flush();
  await world.advance(60_000);
  assert.deepEqual(world.node.events, []);
  assert.deepEqual([...world.storage.entries], [['growthbus::consent', '{"analytics":"denied"}']]);

  // What was noted before the refusal does not come back with a later agreement.
  growth.consent.set('granted');
  await world.advance(60_000);
  assert.deepEqual(world.node.events, []);
  growth.consent.set('denied');

  const next = world.tab({ consent: 'granted' });
  next.growth.track('later');
  await world.advance(60_000);
  assert.deepEqual(world.node.events, []);
  assert.equal(world.storage.length, 1);
});

test('a choice made in one tab holds in the others', async () => {
  const world = new World();
  const one = world.tab();
  const other = world.tab();
  await settle();
  one.growth.consent.set('denied');
  other.window.dispatchEvent(Object.assign(new Event('storage'), { key: 'growthbus::consent' }));
  assert.equal(other.growth.consent.get(), 'denied');
  other.growth.track('a');
  await world.advance(10_000);
  assert.deepEqual(world.node.events, []);
});

test('back to pending takes everything from the device', async () => {
  const world = new World();
  const { growth, window } = world.tab({ consent: 'granted' });
  await settle();
  world.online = false;
  growth.track('a');
  assert.ok(world.storage.length > 0);
  growth.consent.set('pending');
  assert.equal(world.storage.length, 0);
  growth.consent.set('granted');
  world.online = true;
  window.dispatchEvent(new Event('online'));
  await world.advance(5_000);
  assert.deepEqual(world.node.names(), ['a']);
});

test('purposes are told with every batch, the deciding one always', async () => {
  const world = new World();
  const { growth } = world.tab({ consent: { analytics: 'granted', ads: 'denied', product: 'pending' } });
  growth.track('a');
  await world.advance(5_000);
  assert.deepEqual(world.node.batches[0]?.consent, { analytics: true, ads: false, product: null });
  assert.equal(growth.consent.get('ads'), 'denied');
});

test('Global Privacy Control shares nothing, and is a no where consent is required', async () => {
  const world = new World();
  world.gpc = true;
  const { growth } = world.tab();
  growth.track('a');
  await world.advance(5_000);
  assert.deepEqual(world.node.batches[0]?.consent, { sharing: false, analytics: true });

  const strict = new World();
  strict.gpc = true;
  strict.node.config = REQUIRED;
  const denied = strict.tab();
  denied.growth.track('a');
  await strict.advance(60_000);
  assert.deepEqual(strict.node.events, []);
  assert.equal(denied.growth.consent.get(), 'denied');
  assert.equal(strict.storage.length, 0);
  denied.growth.consent.set('granted');
  denied.growth.track('b');
  await strict.advance(5_000);
  assert.deepEqual(strict.node.names(), ['b']);
});

test('what the page has said holds, whatever else writes on the device', async () => {
  const world = new World();
  const { growth, window } = world.tab({ consent: 'denied' });
  await settle();
  for (const key of ['cmp:consent', 'growthbus:pk_other:consent', 'growthbus::q.1', null]) {
    window.dispatchEvent(Object.assign(new Event('storage'), { key }));
    assert.equal(growth.consent.get(), 'denied', String(key));
  }
  growth.track('a');
  await world.advance(10_000);
  assert.deepEqual(world.node.events, []);
});

test('a choice of another tab leaves what the page has said of other purposes; a closed page hears none', async () => {
  const world = new World();
  const { growth, window } = world.tab({ consent: { analytics: 'denied', ads: 'denied' } });
  await settle();
  const chosen = (state: string) => {
    world.storage.setItem('growthbus::consent', JSON.stringify({ analytics: state }));
    window.dispatchEvent(Object.assign(new Event('storage'), { key: 'growthbus::consent' }));
  };
  chosen('granted');
  assert.equal(growth.consent.get(), 'granted');
  assert.equal(growth.consent.get('ads'), 'denied');
  growth.close();
  chosen('denied');
  assert.equal(growth.consent.get(), 'granted');
});

test('a user who was named while nothing might be noted is joined with the visitor once it may', async () => {
  const world = new World();
  const { growth } = world.tab({ consent: 'denied' });
  await settle();
  await growth.identify('ada');
  growth.consent.set('granted');
  await growth.identify('ada');
  await growth.identify('ada');
  await world.advance(5_000);
  assert.deepEqual(world.node.names(), ['$identify']);
});

test('who was named while nothing might be noted is introduced when it may, once, with what was said of them', async () => {
  const world = new World();
  const { growth } = world.tab({ consent: 'denied' });
  await settle();
  await growth.identify('ada', { plan: 'gold' });
  await growth.identify('ada');
  await world.advance(5_000);
  assert.deepEqual(world.node.names(), []);
  growth.consent.set('granted');
  growth.consent.set('pending');
  growth.consent.set('granted');
  await world.advance(5_000);
  assert.deepEqual(
    world.node.events.map(({ name, user_id, properties }) => [name, user_id, properties]),
    [['$identify', 'ada', { plan: 'gold' }]],
  );
  growth.consent.set('denied');
  growth.consent.set('granted');
  await world.advance(5_000);
  assert.deepEqual(world.node.names(), ['$identify', '$identify'], 'another visitor is the same user');
  const [before, after] = world.node.events.map(({ anonymous_id }) => anonymous_id);
  assert.notEqual(before, after);
});

test('who has logged out, or was only named by an option, is not introduced', async () => {
  const world = new World();
  const { growth } = world.tab({ consent: 'denied', user: 'eve' });
  await settle();
  growth.consent.set('granted');
  growth.consent.set('denied');
  await growth.identify('ada');
  await growth.reset();
  growth.consent.set('granted');
  await world.advance(5_000);
  assert.deepEqual(world.node.names(), []);
});
