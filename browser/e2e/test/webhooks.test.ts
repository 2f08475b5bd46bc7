// Deliveries signed by the official packages of Stripe and of Standard Webhooks, against a real node.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { NodeProcess } from '../src/node-process.ts';

const OLD = 'whsec_the_old_one';
const NEW = 'whsec_the_new_one';
const EXPIRED = 'whsec_expired';
const STANDARD = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const COPIES = 1_000;
const PER_TURN = 100;

const stripe = new Stripe('sk_test_nothing_is_asked');
let node: NodeProcess;

before(async () => {
  node = await NodeProcess.start({
    environment: {
      GROWTHBUS_STRIPE_WEBHOOK_SECRET: `${NEW},${OLD},${EXPIRED}@..2026-01-01`,
      GROWTHBUS_STANDARD_WEBHOOK_SECRET: STANDARD,
    },
  });
});

after(async () => {
  await node?.stop();
  node?.removeData();
});

const now = (): number => Math.floor(Date.now() / 1000);

function subscription(id: string, user: string): string {
  return JSON.stringify({
    id,
    object: 'event',
    type: 'customer.subscription.updated',
    created: now(),
    data: {
      object: {
        id: `sub_${user}`,
        customer: `cus_${user}`,
        status: 'active',
        metadata: { user_id: user, tier: 'pro' },
        items: { data: [{ current_period_end: now() + 3_600 }] },
      },
    },
  });
}

function header(payload: string, secret: string, timestamp = now()): string {
  return stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
}

async function deliver(payload: string, signature: string): Promise<{ status: number; word: string }> {
  const answer = await fetch(`${node.app}/api/billing/webhooks/stripe`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Stripe-Signature': signature },
    body: payload,
  });
  const body = (await answer.json()) as { outcome?: string; code?: string };
  return { status: answer.status, word: body.outcome ?? body.code ?? '' };
}

async function tier(user: string): Promise<string> {
  return (await node.get<{ tier: string }>(`/api/billing/entitlements/${user}`)).tier;
}

test('a delivery signed by the package of Stripe counts, with each secret that is valid', async () => {
  for (const [user, secret] of [
    ['new', NEW],
    ['old', OLD],
  ] as const) {
    const payload = subscription(`evt_${user}`, user);
    assert.deepEqual(await deliver(payload, header(payload, secret)), { status: 200, word: 'applied' });
    assert.equal(await tier(user), 'pro');
  }
});

test('a tampered, a stale and a wrongly signed delivery change nothing', async () => {
  const payload = subscription('evt_bad', 'bad');
  const refused = { status: 400, word: 'invalid_signature' };
  assert.deepEqual(await deliver(payload.replace('"pro"', '"enterprise"'), header(payload, NEW)), refused);
  assert.deepEqual(await deliver(payload, header(payload, NEW, now() - 302)), refused);
  assert.deepEqual(await deliver(payload, header(payload, 'whsec_of_somebody')), refused);
  assert.deepEqual(await deliver(payload, header(payload, EXPIRED)), refused);
  assert.equal(await tier('bad'), 'free');
});

test('of a thousand copies of one delivery at once one is applied', async () => {
  const payload = subscription('evt_storm', 'storm');
  const signature = header(payload, NEW);
  const outcomes = new Map<string, number>();
  for (let sent = 0; sent < COPIES; sent += PER_TURN) {
    const answers = await Promise.all(Array.from({ length: PER_TURN }, () => deliver(payload, signature)));
    for (const { word } of answers) outcomes.set(word, (outcomes.get(word) ?? 0) + 1);
  }
  assert.deepEqual(Object.fromEntries(outcomes), { applied: 1, duplicate: COPIES - 1 });
  assert.equal(await tier('storm'), 'pro');
});

test('a delivery signed by the package of Standard Webhooks counts once', async () => {
  const payload = JSON.stringify({
    type: 'entitlement.updated',
    timestamp: new Date().toISOString(),
    data: { user_id: 'standard', tier: 'enterprise', status: 'active', version: 1 },
  });
  const at = new Date();
  const send = async (
    id: string,
    body: string,
  ): Promise<{ status: number; outcome?: string; code?: string }> => {
    const answer = await fetch(`${node.app}/api/billing/webhooks/standard`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(STANDARD).sign('msg_1', at, payload),
      },
      body,
    });
    return { status: answer.status, ...((await answer.json()) as { outcome?: string; code?: string }) };
  };
  const first = await send('msg_1', payload);
  assert.equal(first.status, 200);
  assert.equal(first.outcome, 'applied');
  assert.equal((await send('msg_1', payload)).outcome, 'duplicate');
  assert.equal((await send('msg_2', payload)).code, 'invalid_signature');
  assert.equal((await send('msg_1', payload.replace('enterprise', 'pro'))).code, 'invalid_signature');
  assert.equal(await tier('standard'), 'enterprise');
});
