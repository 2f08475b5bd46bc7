import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { GrowthOptions } from '../src/options.ts';
import type { Prompt } from '../src/types.ts';
import { FakeSocket, World, json, settle, token, type Tab } from './support/world.ts';

const HOUR = 3_600_000;

beforeEach(() => {
  FakeSocket.all.length = 0;
});

const userTab = (world: World, more: GrowthOptions = {}): Tab =>
  world.tab({ user: 'ada', userToken: () => token('ada', world.nowMs + HOUR), ...more });

const prompt = (world: World, id = 'p1', more: Partial<Prompt> = {}): Prompt & { type: string } => ({
  type: 'prompt',
  prompt_id: id,
  rule: 'project_created',
  event: 'project_created',
  count: 3,
  threshold: 3,
  variant: null,
  title: 'You are on a roll',
  body: 'Pro has more.',
  cta: { label: 'See', url: '/pricing' },
  expires_at: world.nowMs + HOUR,
  ...more,
});

const last = (): FakeSocket => FakeSocket.all.at(-1)!;

async function opened(tab: Tab): Promise<FakeSocket> {
  await settle();
  const socket = last();
  socket.open();
  await settle();
  assert.ok(tab);
  return socket;
}

/** What the page was told, in the seed's words. */
function told(tab: Tab): Prompt[] {
  const prompts: Prompt[] = [];
  tab.window.addEventListener('show-upgrade-prompt', (event) =>
    prompts.push((event as CustomEvent<Prompt>).detail),
  );
  return prompts;
}

const acks = (socket: FakeSocket) =>
  socket.frames.filter(({ address }) => address === 'me.prompts.ack').map(({ body }) => body);

test('the socket registers the three addresses with the token, and asks for binary frames as buffers', async () => {
  const world = new World();
  const socket = await opened(userTab(world));
  assert.equal(socket.url, 'wss://page.example/eventbus/websocket');
  assert.equal(socket.binaryType, 'arraybuffer');
  assert.deepEqual(
    socket.frames.map(({ type, address, headers }) => [type, address, headers]),
    ['me.prompts', 'me.entitlements', 'public.flags'].map((address) => [
      'register',
      address,
      { authorization: `Bearer ${token('ada', world.nowMs + HOUR)}` },
    ]),
  );
  await world.advance(21_000);
  assert.deepEqual(socket.frames.at(-1), { type: 'ping' });
});

test('without a user or a token there is no socket; logging in opens one, logging out closes it', async () => {
  const world = new World();
  const tab = world.tab({ userToken: () => token('ada', world.nowMs + HOUR) });
  await settle();
  assert.equal(FakeSocket.all.length, 0);
  await tab.growth.identify('ada');
  const socket = await opened(tab);
  await tab.growth.reset();
  assert.equal(socket.readyState, 3);
  await world.advance(120_000);
  assert.equal(FakeSocket.all.length, 1);
});

test('a prompt is an event of the window in the seed’s words, once, and is acknowledged as shown', async () => {
  const world = new World();
  const tab = userTab(world);
  const seen = told(tab);
  const socket = await opened(tab);
  socket.deliver('me.prompts', prompt(world));
  socket.deliver('me.prompts', prompt(world));
  await settle();
  assert.equal(seen.length, 1);
  assert.deepEqual([seen[0]?.event, seen[0]?.count], ['project_created', 3]);
  assert.equal(tab.growth.prompts.current?.prompt_id, 'p1');
  assert.deepEqual(acks(socket), [{ prompt_id: 'p1', action: 'shown' }]);

  tab.growth.prompts.acknowledge('p1', 'dismissed');
  await settle();
  assert.equal(tab.growth.prompts.current, null);
  assert.deepEqual(acks(socket).at(-1), { prompt_id: 'p1', action: 'dismissed' });
});

test('five tabs show a prompt once; when the tab that shows it is gone, another one does', async () => {
  const world = new World();
  const tabs: Tab[] = [];
  const seen: Prompt[][] = [];
  const sockets: FakeSocket[] = [];
  for (let i = 0; i < 5; i++) {
    const tab = userTab(world);
    tabs.push(tab);
    seen.push(told(tab));
    sockets.push(await opened(tab));
  }
  sockets.forEach((socket) => socket.deliver('me.prompts', prompt(world)));
  await settle();
  assert.deepEqual(
    seen.map(({ length }) => length),
    [1, 0, 0, 0, 0],
  );
  tabs[0]!.growth.close();
  await settle();
  assert.equal(seen.flat().length, 2);
  const showing = tabs.findIndex((tab, i) => i > 0 && tab.growth.prompts.current);
  tabs[showing]!.growth.prompts.acknowledge('p1', 'clicked');
  await settle();
  assert.equal(seen.flat().length, 2);
  assert.ok(tabs.every(({ growth }) => growth.prompts.current === null));
});

test('a handled prompt that comes again is not shown again; the node is told again', async () => {
  const world = new World();
  const tab = userTab(world);
  const socket = await opened(tab);
  socket.deliver('me.prompts', prompt(world));
  await settle();
  tab.growth.prompts.acknowledge('p1', 'dismissed');
  tab.growth.close();
  const next = userTab(world);
  const seen = told(next);
  const second = await opened(next);
  second.deliver('me.prompts', prompt(world));
  await settle();
  assert.deepEqual(seen, []);
  assert.deepEqual(acks(second), [{ prompt_id: 'p1', action: 'dismissed' }]);
});

test('two prompts are shown one after the other, a retracted one not at all, an expired one no longer', async () => {
  const world = new World();
  const tab = userTab(world);
  const seen = told(tab);
  const socket = await opened(tab);
  for (const id of ['p1', 'p2', 'p3']) socket.deliver('me.prompts', prompt(world, id));
  socket.deliver('me.prompts', prompt(world, 'late', { expires_at: world.nowMs - 1 }));
  socket.deliver('me.prompts', { type: 'retract', prompt_id: 'p2', reason: 'upgraded' });
  await settle();
  assert.deepEqual(
    seen.map(({ prompt_id }) => prompt_id),
    ['p1'],
  );
  socket.deliver('me.prompts', { type: 'retract', prompt_id: 'p1', reason: 'upgraded' });
  await settle();
  assert.deepEqual(
    seen.map(({ prompt_id }) => prompt_id),
    ['p1', 'p3'],
  );
  await world.advance(HOUR);
  assert.equal(tab.growth.prompts.current, null);
});

test('a hidden tab waits until it is seen', async () => {
  const world = new World();
  const tab = userTab(world);
  const seen = told(tab);
  const socket = await opened(tab);
  tab.document.visibilityState = 'hidden';
  socket.deliver('me.prompts', prompt(world));
  await settle();
  assert.deepEqual(seen, []);
  tab.document.visibilityState = 'visible';
  tab.document.dispatchEvent(new Event('visibilitychange'));
  await settle();
  assert.equal(seen.length, 1);
});

test('a lost socket is opened again, with pauses that grow and are never the same for all', async () => {
  const world = new World();
  const socket = await opened(userTab(world));
  socket.close(1001);
  await world.advance(1_000);
  assert.equal(FakeSocket.all.length, 2);
  for (let i = 0; i < 10; i++) {
    last().close(1006);
    await world.advance(60_000);
  }
  assert.ok(FakeSocket.all.length <= 13);
  last().open();
  assert.equal(last().frames.filter(({ type }) => type === 'register').length, 3);
});

test('the token is renewed on the socket a minute before it ends', async () => {
  const world = new World();
  let made = 0;
  const tab = userTab(world, { userToken: () => (made++, token('ada', world.nowMs + 300_000)) });
  const socket = await opened(tab);
  await world.advance(250_000);
  const renewed = socket.frames.filter(({ address }) => address === 'me.session');
  assert.equal(renewed.length, 1);
  assert.deepEqual(renewed[0]?.['body'], { token: token('ada', world.nowMs - 10_000 + 300_000) });
  assert.equal(made, 2);
  await world.advance(250_000);
  assert.equal(socket.frames.filter(({ address }) => address === 'me.session').length, 2);
});

test('a token that the node refuses is made anew; an erased user is left alone', async () => {
  const world = new World();
  let made = 0;
  const tab = userTab(world, { userToken: () => (made++, token('ada', world.nowMs + HOUR)) });
  const socket = await opened(tab);
  const before = made;
  socket.onmessage?.({ data: '{"type":"err","body":"not_logged_in"}' });
  await world.advance(2_000);
  assert.equal(made, before + 1);
  last().open();
  last().close(4401);
  await world.advance(2_000);
  assert.equal(made, before + 2);
  last().open();
  const sockets = FakeSocket.all.length;
  last().close(4410);
  await world.advance(600_000);
  assert.equal(FakeSocket.all.length, sockets);
});

test('without a socket prompts are asked for every minute, and acknowledged over HTTP', async () => {
  const world = new World();
  let pending: Prompt[] = [prompt(world)];
  world.node.instead = ({ url }) =>
    url.pathname === '/api/prompts'
      ? json({ prompts: pending })
      : url.pathname.startsWith('/api/prompts/')
        ? json({ prompt_id: 'p1', state: 'shown' })
        : undefined;
  const tab = userTab(world);
  const seen = told(tab);
  await world.advance(20_000);
  assert.equal(seen.length, 1);
  const shown = world.node.of('/api/prompts/p1/shown');
  assert.equal(shown.length, 1);
  assert.match(shown[0]?.headers['Authorization'] ?? '', /^Bearer /);
  pending = [];
  await world.advance(95_000);
  assert.equal(tab.growth.prompts.current, null, 'the node does not offer it any more');
});

test('where WebSockets never open, SockJS is loaded', async () => {
  const world = new World();
  let loaded = 0;
  class FakeSockJs extends FakeSocket {}
  const tab = userTab(world, {
    prompts: { view: false, sockjs: () => Promise.resolve((loaded++, { default: FakeSockJs })) },
  });
  await settle();
  last().close(1006);
  await world.advance(5_000);
  assert.equal(loaded, 0);
  last().close(1006);
  await world.advance(5_000);
  assert.equal(loaded, 1);
  assert.equal(last().url, 'https://page.example/eventbus');
  assert.ok(last() instanceof FakeSockJs);
  const socket = await opened(tab);
  assert.equal(socket.frames.length, 3);
});

test('refused consent ends the socket and takes the prompt away', async () => {
  const world = new World();
  const tab = userTab(world);
  const socket = await opened(tab);
  socket.deliver('me.prompts', prompt(world));
  await settle();
  tab.growth.consent.set('denied');
  await settle();
  assert.equal(socket.readyState, 3);
  assert.equal(tab.growth.prompts.current, null);
});

test('a node that refuses every token is asked less and less often, and so is the page', async () => {
  const world = new World();
  let made = 0;
  userTab(world, { userToken: () => (made++, token('ada', world.nowMs + HOUR)) });
  await settle();
  for (let i = 0; i < 300; i++) {
    if (last().readyState === 0) {
      last().open();
      last().onmessage?.({ data: '{"type":"err","body":"not_logged_in"}' });
    }
    await world.advance(1_000);
  }
  assert.ok(FakeSocket.all.length > 8 && FakeSocket.all.length < 25, String(FakeSocket.all.length));
  assert.ok(made < 25, String(made));
});

test('a socket that has lasted is opened again soon', async () => {
  const world = new World();
  await opened(userTab(world));
  for (let i = 0; i < 10; i++) {
    last().close(1006);
    await world.advance(60_000);
  }
  last().open();
  await world.advance(21_000);
  const sockets = FakeSocket.all.length;
  last().close(1006);
  await world.advance(1_000);
  assert.equal(FakeSocket.all.length, sockets + 1);
});

test('short tokens and a clock that is ahead renew every ten seconds at most', async () => {
  for (const life of [20_000, -5_000]) {
    const world = new World();
    const socket = await opened(userTab(world, { userToken: () => token('ada', world.nowMs + life) }));
    await world.advance(60_000);
    const renewed = socket.frames.filter(({ address }) => address === 'me.session').length;
    assert.ok(renewed >= 4 && renewed <= 6, String(renewed));
  }
});

test('a snoozed prompt is shown by no other tab until the node offers it again', async () => {
  const world = new World();
  const one = userTab(world);
  const first = await opened(one);
  const other = userTab(world);
  const seen = told(other);
  const second = await opened(other);
  for (const socket of [first, second]) socket.deliver('me.prompts', prompt(world));
  await settle();
  one.growth.prompts.acknowledge('p1', 'snoozed');
  await settle();
  assert.deepEqual(seen, []);
  for (const socket of [second, first]) socket.deliver('me.prompts', prompt(world));
  await settle();
  assert.equal(seen.length, 1);
  assert.equal(one.growth.prompts.current, null);
});
