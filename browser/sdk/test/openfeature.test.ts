import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OpenFeature, ProviderEvents } from '@openfeature/web-sdk';
import { GrowthbusProvider } from '../src/openfeature.ts';
import { World, settle } from './support/world.ts';

const flag = (key: string, rollout_percentage: number, more: object = {}) => ({
  key,
  enabled: true,
  rollout_percentage,
  ...more,
});

test('the real web SDK of OpenFeature answers from the page, with reasons, errors and changes', async () => {
  const world = new World();
  world.node.definitions = {
    version: 3,
    flags: [flag('all', 100), flag('named', 0, { target_users: ['ada'] })],
  };
  const { growth } = world.tab();
  await OpenFeature.setProviderAndWait(new GrowthbusProvider(growth));
  const client = OpenFeature.getClient();
  let changes = 0;
  client.addHandler(ProviderEvents.ConfigurationChanged, () => changes++);

  assert.deepEqual(client.getBooleanDetails('all', false), {
    flagKey: 'all',
    value: true,
    variant: 'on',
    reason: 'STATIC',
    flagMetadata: { revision: 3 },
  });
  assert.equal(client.getBooleanValue('named', false), false);
  const unknown = client.getStringDetails('unknown', 'mine');
  assert.deepEqual([unknown.value, unknown.reason, unknown.errorCode], ['mine', 'ERROR', 'FLAG_NOT_FOUND']);
  assert.equal(client.getNumberDetails('all', 7).errorCode, 'TYPE_MISMATCH');

  await OpenFeature.setContext({ targetingKey: 'ada', plan: 'pro' });
  assert.equal(client.getBooleanValue('named', false), true);
  assert.equal(growth.user, 'ada');
  client.track('converted', { value: 3 });
  await world.advance(3_000);
  assert.deepEqual(world.node.events.find(({ name }) => name === 'converted')?.properties, { value: 3 });

  world.node.definitions = { version: 4, flags: [flag('all', 0)] };
  const before = changes;
  await growth.flags.refresh();
  await settle();
  assert.ok(changes > before);
  assert.equal(client.getBooleanValue('all', true), false);
  await OpenFeature.close();
});
