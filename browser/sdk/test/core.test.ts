// The way to the node, and what a page leaves behind.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { createCore } from '../src/core.ts';
import { browserEnvironment } from '../src/environment.ts';
import { FakeSocket, World, json, settle, token } from './support/world.ts';

const CONFIG = '/api/sdk/config';
const INGEST = '/api/telemetry/ingest';

test('the configuration is asked for until the node has spoken, and what was noted meanwhile is sent', async () => {
  const world = new World();
  let refusals = 3;
  world.node.instead = ({ url }) =>
    url.pathname === CONFIG && refusals-- > 0 ? json({ code: 'unavailable' }, 503) : undefined;
  const { growth, errors } = world.tab();
  growth.track('a');
  await world.advance(60_000);
  assert.deepEqual(world.node.names(), ['a']);
  assert.equal(errors.filter(({ code }) => code === 'unreachable').length, 3);
  await world.advance(3_600_000);
  assert.equal(world.node.of(CONFIG).length, 4);
});

test('a node that never speaks is asked less and less often', async () => {
  const world = new World();
  world.node.instead = ({ url }) => (url.pathname === CONFIG ? json({}, 503) : undefined);
  world.tab();
  await world.advance(3_600_000);
  const { length } = world.node.of(CONFIG);
  assert.ok(length > 10 && length < 30, String(length));
});

test('a body that stands still is no answer: the request ends in time, and the events are sent again', async () => {
  const world = new World();
  let stalled = 0;
  const { growth, errors } = world.tab({
    environment: {
      fetch: async (url, init) => {
        if (!url.includes(INGEST) || stalled++) return world.node.fetch(url, init);
        return new Response(
          new ReadableStream({
            start(body) {
              const stop = () => body.error(new DOMException('aborted', 'AbortError'));
              init.signal!.addEventListener('abort', stop);
            },
          }),
        );
      },
    },
  });
  growth.track('a');
  await world.advance(30_000);
  assert.deepEqual(world.node.names(), ['a']);
  assert.ok(errors.some(({ code }) => code === 'unreachable'));
});

test('a request leaves no listener on the signal of its caller', async () => {
  const fetch = () => Promise.resolve(new Response('{}'));
  const core = createCore({}, { ...browserEnvironment(), fetch });
  const { signal } = new AbortController();
  const response = await core.request('/', { signal });
  assert.deepEqual(await response.json(), {});
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('an answer without a body stays one', async () => {
  for (const status of [204, 304]) {
    const fetch = () => Promise.resolve(new Response(null, { status, headers: { ETag: '"1"' } }));
    const response = await createCore({}, { ...browserEnvironment(), fetch }).request('/');
    assert.equal(response.status, status);
    assert.equal(response.headers.get('ETag'), '"1"');
  }
});

test('a closed page leaves no timer behind, whatever it was waiting for', async () => {
  const world = new World();
  FakeSocket.all.length = 0;
  world.node.instead = ({ url }) =>
    url.pathname === CONFIG || url.pathname === '/api/flags/definitions' ? json({}, 503) : undefined;
  const { growth } = world.tab({ user: 'ada', userToken: () => token('ada', world.nowMs + 3_600_000) });
  growth.track('a');
  await settle();
  const socket = FakeSocket.all[0]!;
  socket.open();
  socket.deliver('public.flags', { revision: 2 });
  growth.close();
  await settle();
  assert.equal(world.pending, 0);
});
