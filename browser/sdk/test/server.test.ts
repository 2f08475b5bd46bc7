// The SDK where there is no page: in a server that renders one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGrowth } from '../src/index.ts';

test('on a server nothing is sent, stored or timed, and flags come from the bootstrap', async () => {
  const before = globalThis.fetch;
  let requests = 0;
  globalThis.fetch = () => (requests++, Promise.reject(new Error('no network')));
  try {
    const growth = createGrowth({
      user: 'ada',
      consent: 'granted',
      userToken: () => 'token',
      bootstrap: { version: 2, flags: [{ key: 'a', enabled: true, rollout_percentage: 100 }] },
    });
    growth.track('a');
    assert.equal(growth.flags.isEnabled('a'), true);
    assert.equal(growth.entitlements.current.tier, 'free');
    assert.equal((await growth.entitlements.resolve()).state, 'fallback');
    await growth.flags.ready;
    await growth.flush();
    assert.equal(requests, 0);
    growth.close();
  } finally {
    globalThis.fetch = before;
  }
});
