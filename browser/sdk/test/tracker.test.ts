import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World, json, settle, token, type Sent } from './support/world.ts';

const INGEST = '/api/telemetry/ingest';

const ingestOnly = (answer: (sent: Sent) => Response | undefined) => (sent: Sent) =>
  sent.url.pathname === INGEST ? answer(sent) : undefined;

test('25 events are sent at once, fewer after two seconds', async () => {
  const world = new World();
  const { growth } = world.tab();
  await settle();
  for (let i = 0; i < 25; i++) growth.track('api_call', { i });
  await settle();
  assert.equal(world.node.events.length, 25);

  growth.track('api_call', { i: 25 });
  await world.advance(1_900);
  assert.equal(world.node.events.length, 25);
  await world.advance(200);
  assert.equal(world.node.events.length, 26);
  assert.equal(world.node.of(INGEST).length, 2);
});

test('the node decides about the size of batches and their interval', async () => {
  const world = new World();
  world.node.config = { ...(world.node.config as object), batch_size: 3, flush_interval_ms: 500 };
  const { growth } = world.tab();
  await settle();
  for (let i = 0; i < 7; i++) growth.track('e', { i });
  await world.advance(600);

  assert.equal(world.node.events.length, 7);
  assert.ok(world.node.batches.every(({ batch }) => batch.length <= 3));
});

test('events carry version 7 ids that sort as they were made, the schema version and the user', async () => {
  const world = new World();
  const { growth } = world.tab({ user: 'ada', schemaVersions: { b: '2.1.0' } });
  for (const name of ['a', 'b', 'c']) growth.track(name);
  await world.advance(3_000);

  const { events } = world.node;
  const ids = events.map(({ event_id }) => event_id);
  assert.deepEqual([...ids].sort(), ids);
  ids.forEach((id) =>
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
  );
  assert.deepEqual(
    events.map((event) => [
      event.name,
      event.user_id,
      (event as unknown as { schema_version: string }).schema_version,
    ]),
    [
      ['a', 'ada', '1.0.0'],
      ['b', 'ada', '2.1.0'],
      ['c', 'ada', '1.0.0'],
    ],
  );
});

test('a request is one that needs no preflight: plain text, key and token in the body, no headers', async () => {
  const world = new World();
  const { growth } = world.tab({
    user: 'ada',
    key: 'pk_1',
    userToken: () => token('ada', world.nowMs + 3_600_000),
    prompts: false,
  });
  growth.track('a');
  await world.advance(3_000);

  const [sent] = world.node.of(INGEST);
  assert.deepEqual(sent?.headers, {});
  const body = world.node.batches[0];
  assert.equal(body?.writeKey, 'pk_1');
  assert.equal(body?.userToken, token('ada', world.nowMs - 3_000 + 3_600_000));
});

test('an answer that is no verdict removes nothing', async () => {
  const world = new World();
  const { growth } = world.tab();
  await settle();
  world.node.instead = ingestOnly(() => new Response('<html>Sign in to the Wi-Fi</html>', { status: 200 }));
  growth.track('a');
  await world.advance(3_000);
  world.node.instead = null;
  await world.advance(120_000);
  assert.deepEqual(world.node.names(), ['a']);
});

for (const status of [408, 429, 500, 502, 503]) {
  test(`after ${status} the same ids are sent again until they are taken`, async () => {
    const world = new World();
    const { growth } = world.tab();
    await settle();
    let refusals = 5;
    world.node.instead = ingestOnly(() => (refusals-- > 0 ? json({}, status) : undefined));
    growth.track('a');
    await world.advance(240_000);
    assert.deepEqual(world.node.names(), ['a']);
    const ids = world.node
      .of(INGEST)
      .map(({ body }) => (JSON.parse(body) as { batch: { event_id: string }[] }).batch[0]?.event_id);
    assert.equal(ids.length, 6);
    assert.equal(new Set(ids).size, 1);
  });
}

test('Retry-After is obeyed, and an online event does not shorten it', async () => {
  const world = new World();
  const { growth, window } = world.tab();
  await settle();
  let refusals = 1;
  world.node.instead = ingestOnly(() =>
    refusals-- > 0 ? json({}, 503, { 'Retry-After': '40' }) : undefined,
  );
  growth.track('a');
  await world.advance(3_000);
  window.dispatchEvent(new Event('online'));
  await world.advance(35_000);
  await growth.flush();
  assert.equal(world.node.of(INGEST).length, 1);
  await world.advance(8_000);
  assert.deepEqual(world.node.names(), ['a']);
});

test('pauses grow to a minute and no further, and never all tabs at the same moment', async () => {
  const world = new World();
  const { growth } = world.tab();
  await settle();
  world.randomness = 0.999;
  const times: number[] = [];
  world.node.instead = ingestOnly(() => (times.push(world.nowMs), json({}, 500)));
  growth.track('a');
  await world.advance(600_000);
  const pauses = times.slice(1).map((time, i) => time - times[i]!);
  assert.ok(pauses.every((pause) => pause <= 60_000 + 1));
  assert.ok(pauses.at(-1)! > 55_000);
  assert.ok(pauses[0]! <= 2_000);
});

test('400 and other refusals of the whole are dropped, counted and reported', async () => {
  const world = new World();
  const { growth, errors } = world.tab();
  await settle();
  let refusals = 1;
  world.node.instead = ingestOnly(() =>
    refusals-- > 0 ? json({ code: 'invalid_envelope' }, 400) : undefined,
  );
  growth.track('a');
  growth.track('b');
  await world.advance(3_000);
  assert.ok(errors.some(({ code }) => code === 'refused'));
  growth.track('c');
  await world.advance(3_000);
  const report = world.node.events.find(({ name }) => name === '$events_dropped');
  assert.deepEqual(report?.properties, { refused: 2 });
  assert.ok(world.node.names().includes('c'));
});

test('413 splits until the halves fit, and one event that never fits is given up', async () => {
  const world = new World();
  const { growth } = world.tab();
  await settle();
  world.node.instead = ingestOnly((sent) => {
    const { batch } = JSON.parse(sent.body) as { batch: { name: string }[] };
    return batch.length > 3 || batch.some(({ name }) => name === 'huge') ? json({}, 413) : undefined;
  });
  for (let i = 0; i < 12; i++) growth.track(i === 5 ? 'huge' : 'e', { i });
  await world.advance(30_000);
  const names = world.node.names().filter((name) => name === 'e');
  assert.equal(names.length, 11);
  assert.ok(world.node.events.some(({ properties }) => properties['refused'] === 1));
});

test('rejected events are removed and told to the page, the others too', async () => {
  const world = new World();
  const { growth, errors } = world.tab();
  await settle();
  world.node.instead = ingestOnly(() =>
    json({
      accepted: 1,
      duplicates: 0,
      rejected: [{ index: 1, event_id: 'x', code: 'missing_property' }],
      consent_dropped: 0,
    }),
  );
  growth.track('a');
  growth.track('b');
  await world.advance(10_000);
  assert.equal(world.node.of(INGEST).length, 1);
  assert.deepEqual(errors.find(({ code }) => code === 'rejected')?.cause, {
    index: 1,
    event_id: 'x',
    code: 'missing_property',
  });
});

test('401 asks for another token once, then stops and keeps the events until something changes', async () => {
  const world = new World();
  let asked = 0;
  const { growth, errors, window } = world.tab({
    user: 'ada',
    prompts: false,
    userToken: () => {
      asked++;
      return token('ada', world.nowMs + 3_600_000);
    },
  });
  await settle();
  const before = asked;
  world.node.instead = ingestOnly(() => json({}, 401));
  growth.track('a');
  await world.advance(600_000);
  assert.equal(world.node.of(INGEST).length, 2);
  assert.equal(asked - before, 1);
  assert.equal(errors.filter(({ code }) => code === 'unauthorized').length, 1);

  world.node.instead = null;
  window.dispatchEvent(new Event('online'));
  await world.advance(3_000);
  assert.deepEqual(world.node.names(), ['a']);
});

test('a page that cannot make a token now does not send the events without one', async () => {
  const world = new World();
  let works = false;
  const { growth } = world.tab({
    user: 'ada',
    prompts: false,
    userToken: () => (works ? token('ada', world.nowMs + 3_600_000) : Promise.reject(new Error('down'))),
  });
  growth.track('a');
  await world.advance(10_000);
  assert.equal(world.node.of(INGEST).length, 0);
  works = true;
  await world.advance(120_000);
  assert.equal(world.node.batches[0]?.userToken !== undefined, true);
  assert.deepEqual(world.node.names(), ['a']);
});

test('hours offline lose nothing and double nothing', async () => {
  const world = new World();
  const { growth, window, errors } = world.tab();
  await settle();
  world.online = false;
  for (let i = 0; i < 300; i++) {
    growth.track('e', { i });
    await world.advance(30_000);
  }
  assert.equal(world.node.events.length, 0);
  world.online = true;
  window.dispatchEvent(new Event('online'));
  await world.advance(5_000);
  assert.deepEqual(
    world.node.events.map(({ properties }) => properties['i']),
    Array.from({ length: 300 }, (_, i) => i),
  );
  assert.equal(world.node.batches.flatMap(({ batch }) => batch).length, 300);
  assert.deepEqual(errors, []);
});

test('what a crashed page left is sent by the next one, even when it was under way', async () => {
  const world = new World();
  const first = world.tab();
  await settle();
  world.node.instead = (sent) => {
    if (sent.url.pathname !== INGEST) return undefined;
    world.node.ingest(sent);
    // The answer never arrives.
    return new Promise<Response>(() => {});
  };
  for (let i = 0; i < 3; i++) first.growth.track('e', { i });
  await world.advance(2_500);
  world.crash();
  world.node.instead = null;
  const next = new World();
  world.storage.entries.forEach((value, key) => next.storage.entries.set(key, value));
  next.node.events.push(...world.node.events);
  next.tab();
  await next.advance(5_000);
  assert.equal(next.node.events.length, 3);
  assert.equal(
    [...next.storage.entries.keys()].some((key) => key.includes(':q.')),
    false,
  );
});

test('five tabs send every event once, never two at the same time', async () => {
  const world = new World();
  const tabs = Array.from({ length: 5 }, () => world.tab());
  await settle();
  let sending = 0;
  world.node.instead = (sent) => {
    if (sent.url.pathname !== INGEST) return undefined;
    assert.equal(++sending, 1);
    return new Promise((resolve) => setImmediate(() => (sending--, resolve(world.node.ingest(sent)))));
  };
  for (let i = 0; i < 20; i++) for (const { growth } of tabs) growth.track('e', { i });
  await world.advance(10_000);
  assert.equal(world.node.events.length, 100);
  assert.equal(world.node.batches.flatMap(({ batch }) => batch).length, 100);
});

test('without Web Locks a lease keeps the tabs apart', async () => {
  const world = new World();
  const tabs = Array.from({ length: 3 }, (_, i) => {
    world.randomness = i / 10;
    return world.tab({ environment: { locks: null } });
  });
  await settle();
  for (let i = 0; i < 10; i++) for (const { growth } of tabs) growth.track('e', { i });
  await world.advance(30_000);
  assert.equal(world.node.events.length, 30);
  assert.equal(world.node.batches.flatMap(({ batch }) => batch).length, 30);
});

test('a full device and a forbidden one lose nothing as long as the page lives', async () => {
  for (const storage of ['full', 'forbidden']) {
    const world = new World();
    world.storage.quota = 900;
    const { growth, window } = world.tab(storage === 'full' ? {} : { environment: { storage: null } });
    await settle();
    world.online = false;
    for (let i = 0; i < 30; i++) growth.track('e', { i });
    await settle();
    world.online = true;
    window.dispatchEvent(new Event('online'));
    await world.advance(30_000);
    assert.equal(world.node.names().filter((name) => name === 'e').length, 30, storage);
  }
});

test('the queue holds 1,000 events, drops the oldest, and says how many', async () => {
  const world = new World();
  const { growth, window } = world.tab({ rate: { perSecond: 1e6, burst: 1e6 } });
  await settle();
  world.online = false;
  for (let i = 0; i < 1_010; i++) growth.track('e', { i });
  world.online = true;
  window.dispatchEvent(new Event('online'));
  await world.advance(30_000);
  const sent = world.node.events
    .filter(({ name }) => name === 'e')
    .map(({ properties }) => properties['i'] as number);
  const report = world.node.events.filter(({ name }) => name === '$events_dropped');
  const dropped = report.reduce((sum, { properties }) => sum + (properties['queue_full'] as number), 0);
  assert.equal(sent.length + dropped, 1_010);
  assert.ok(sent.length >= 999);
  assert.equal(sent.at(-1), 1_009);
});

test('a megabyte is the bound of the queue as well', async () => {
  const world = new World();
  const { growth } = world.tab({ rate: { perSecond: 1e6, burst: 1e6 } });
  await settle();
  world.online = false;
  for (let i = 0; i < 60; i++) growth.track('e', { text: 'é'.repeat(10_000) });
  const bytes = [...world.storage.entries]
    .filter(([key]) => key.includes(':q.'))
    .reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0);
  assert.ok(bytes <= 1_048_576 && bytes > 1_000_000, String(bytes));
});

test('events older than seven days are given up and counted', async () => {
  const world = new World();
  const { growth, window } = world.tab();
  await settle();
  world.online = false;
  growth.track('old');
  await world.advance(7 * 86_400_000 + 60_000);
  growth.track('new');
  world.online = true;
  window.dispatchEvent(new Event('online'));
  await world.advance(10_000);
  assert.equal(world.node.names().includes('old'), false);
  assert.ok(world.node.names().includes('new'));
  growth.track('later');
  await world.advance(3_000);
  assert.ok(world.node.events.some(({ properties }) => properties['expired'] === 1));
});

test('a runaway loop is stopped at 100 events and then 10 a second, and what it lost is reported', async () => {
  const world = new World();
  const { growth } = world.tab();
  await settle();
  for (let i = 0; i < 5_000; i++) growth.track('loop', { i });
  await world.advance(5_000);
  assert.equal(world.node.names().filter((name) => name === 'loop').length, 100);
  for (let i = 0; i < 5_000; i++) growth.track('loop', { i });
  await world.advance(5_000);
  const loops = world.node.names().filter((name) => name === 'loop').length;
  assert.equal(loops, 150);
  const reports = world.node.events.filter(({ name }) => name === '$events_dropped');
  assert.equal(
    reports.reduce((sum, { properties }) => sum + (properties['rate_limited'] as number), 0) >= 4_900,
    true,
  );
});

test('leaving the page hands over what waits, once, in at most 60 KB, and keeps it until it is confirmed', async () => {
  const world = new World();
  const tab = world.tab();
  await settle();
  world.node.instead = ingestOnly(() => new Promise<Response>(() => {}) as unknown as Response);
  for (let i = 0; i < 20; i++) tab.growth.track('e', { text: 'x'.repeat(4_000), i });
  tab.window.dispatchEvent(new Event('pagehide'));
  assert.equal(tab.beacons.length, 1);
  const beacon = tab.beacons[0]!;
  assert.ok(Buffer.byteLength(beacon) <= 60_000);
  assert.ok(Buffer.byteLength(beacon) > 40_000);
  tab.window.dispatchEvent(new Event('pagehide'));
  const second = JSON.parse(tab.beacons[1] ?? '{"batch":[]}') as { batch: { event_id: string }[] };
  const first = JSON.parse(beacon) as { batch: { event_id: string }[] };
  assert.equal(
    second.batch.some(({ event_id }) => first.batch.some((event) => event.event_id === event_id)),
    false,
  );
  assert.equal([...world.storage.entries.keys()].filter((key) => key.includes(':q.')).length, 20);
});

test('a hidden page sends with a request that outlives it and hears the verdict', async () => {
  const world = new World();
  const tab = world.tab();
  await settle();
  tab.growth.track('a');
  tab.leave();
  await settle();
  const [sent] = world.node.of(INGEST);
  assert.equal(sent?.keepalive, true);
  assert.deepEqual(tab.beacons, []);
  assert.equal(
    [...world.storage.entries.keys()].some((key) => key.includes(':q.')),
    false,
  );
});

test('events of two users never travel together, each with the token of its own user', async () => {
  const world = new World();
  let current = 'ada';
  const { growth } = world.tab({
    user: 'ada',
    prompts: false,
    userToken: () => token(current, world.nowMs + 3_600_000),
  });
  growth.track('a');
  await world.advance(2_500);
  growth.track('b');
  current = 'bob';
  await growth.identify('bob');
  growth.track('c');
  await world.advance(3_000);
  for (const { batch, userToken } of world.node.batches) {
    const users = new Set(batch.map(({ user_id }) => user_id).filter(Boolean));
    assert.equal(users.size, 1);
    const claims = JSON.parse(Buffer.from(userToken!.split('.')[1]!, 'base64url').toString()) as {
      sub: string;
    };
    assert.deepEqual([...users], [claims.sub]);
  }
  assert.deepEqual(world.node.names().sort(), ['$identify', 'a', 'b', 'c']);
});

test('whatever the page passes, nothing is thrown', async () => {
  const world = new World();
  const { growth, errors } = world.tab({
    onError: () => {
      throw new Error('a handler that throws');
    },
  });
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  growth.track('circular', circular);
  growth.track('big', { n: 1n } as unknown as Record<string, unknown>);
  growth.track('huge', { text: 'x'.repeat(40_000) });
  growth.track(undefined as unknown as string);
  await growth.identify(undefined as unknown as string);
  growth.consent.set('perhaps' as never);
  growth.prompts.acknowledge('x', 'shown');
  await world.advance(5_000);
  assert.deepEqual(errors, []);
  growth.close();
  growth.track('after');
  await growth.flush();
});

for (const [name, refusal] of [
  ['404', () => json({ code: 'not_found' }, 404)],
  ['405', () => json({}, 405)],
  ['a 400 that is not of the node', () => new Response('<html>Bad Request</html>', { status: 400 })],
] as const) {
  test(`${name} is no verdict: nothing is dropped, and it is tried again with pauses that grow`, async () => {
    const world = new World();
    const { growth, errors } = world.tab();
    await settle();
    world.node.instead = ingestOnly(refusal);
    for (let i = 0; i < 60; i++) growth.track('e', { i });
    await world.advance(600_000);
    const { length } = world.node.of(INGEST);
    assert.ok(length > 5 && length < 40, String(length));
    assert.deepEqual(errors, []);
    world.node.instead = null;
    await world.advance(70_000);
    assert.deepEqual(world.node.names(), Array(60).fill('e'));
  });
}

test('events of a user who is not the current one wait for that user, and are never sent without a token', async () => {
  const world = new World();
  const userToken = () => token('ada', world.nowMs + 3_600_000);
  const first = world.tab({ user: 'ada', prompts: false, userToken });
  await settle();
  world.online = false;
  first.growth.track('a');
  await settle();
  world.crash();
  world.online = true;

  const { growth } = world.tab({ prompts: false, userToken });
  growth.track('visited');
  await world.advance(60_000);
  assert.deepEqual(world.node.names(), ['visited']);
  await growth.identify('ada');
  await world.advance(5_000);
  assert.ok(world.node.names().includes('a'));
  for (const { batch, userToken: sent } of world.node.batches)
    assert.ok(sent || batch.every(({ user_id }) => !user_id));
});

test('events that wait for another user hold nothing back and keep nobody busy', async () => {
  const world = new World();
  const first = world.tab({
    user: 'ada',
    prompts: false,
    userToken: () => token('ada', world.nowMs + 3_600_000),
  });
  await settle();
  world.online = false;
  for (let i = 0; i < 30; i++) first.growth.track('a', { i });
  await settle();
  world.crash();
  world.online = true;

  const { growth } = world.tab({
    user: 'bob',
    prompts: false,
    userToken: () => token('bob', world.nowMs + 3_600_000),
  });
  await world.advance(5_000);
  for (let i = 0; i < 10; i++) growth.track('b', { i });
  await world.advance(5_000);
  assert.equal(world.node.of(INGEST).length, 1);
  assert.equal(world.node.events.length, 10);
  const before = world.timersSet;
  await world.advance(600_000);
  assert.ok(world.timersSet - before <= 1, String(world.timersSet - before));
});

test('a pause longer than a timer can be keeps nobody busy', async () => {
  const world = new World();
  const { growth } = world.tab();
  await settle();
  world.node.instead = ingestOnly(() => json({}, 503, { 'Retry-After': '3000000' }));
  growth.track('a');
  await world.advance(3_000);
  const before = world.timersSet;
  await world.advance(100);
  assert.equal(world.timersSet - before, 0);
  assert.equal(world.node.of(INGEST).length, 1);
});

test('a page that is only hidden keeps to the pauses; one that is left tries to hand over', async () => {
  for (const status of [503, 401]) {
    const world = new World();
    const tab = world.tab();
    await settle();
    world.node.instead = ingestOnly(() => json({}, status, { 'Retry-After': '40' }));
    tab.growth.track('a');
    await world.advance(3_000);
    tab.document.visibilityState = 'hidden';
    tab.document.dispatchEvent(new Event('visibilitychange'));
    await settle();
    assert.equal(world.node.of(INGEST).length, 1, String(status));
    tab.window.dispatchEvent(new Event('pagehide'));
    assert.equal(tab.beacons.length, 1);
  }
});
