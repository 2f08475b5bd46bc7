import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Environment } from '../src/environment.ts';
import { createStore } from '../src/store.ts';
import { createTabs } from '../src/tabs.ts';
import { FakeLocks, FakeSocket, World, settle, token } from './support/world.ts';

const forbidden = {
  request: () => Promise.reject(new DOMException('The request was denied.', 'SecurityError')),
} as unknown as LockManager;

test('where Web Locks are there but forbidden, a lease takes their place: events are sent, prompts shown', async () => {
  const world = new World();
  FakeSocket.all.length = 0;
  const { growth, errors } = world.tab({
    user: 'ada',
    userToken: () => token('ada', world.nowMs + 3_600_000),
    environment: { locks: forbidden },
  });
  growth.track('a');
  await world.advance(3_000);
  assert.deepEqual(world.node.names(), ['a']);
  growth.track('b');
  const flushed = growth.flush();
  await world.advance(100);
  await flushed;
  assert.deepEqual(world.node.names(), ['a', 'b']);

  const socket = FakeSocket.all[0]!;
  socket.open();
  socket.deliver('me.prompts', {
    type: 'prompt',
    prompt_id: 'p1',
    title: 'You are on a roll',
    body: 'Pro has more.',
    expires_at: world.nowMs + 60_000,
  });
  await world.advance(100);
  assert.equal(growth.prompts.current?.prompt_id, 'p1');
  growth.prompts.acknowledge('p1', 'dismissed');
  await settle();
  assert.deepEqual(errors, []);
});

test('what fails under a lock has failed, and is not run again under a lease', async () => {
  const env = { locks: new FakeLocks(), random: () => 0.5 } as unknown as Environment;
  const tabs = createTabs(env, createStore(null, ''), '');
  let runs = 0;
  const work = tabs.alone('work', false, () => (runs++, Promise.reject(new Error('mine'))));
  await assert.rejects(work, /mine/);
  assert.equal(runs, 1);
});
