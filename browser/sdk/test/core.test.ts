// The way to the node.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { createCore } from '../src/core.ts';
import { browserEnvironment } from '../src/environment.ts';
import { World } from './support/world.ts';

const INGEST = '/api/telemetry/ingest';

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
