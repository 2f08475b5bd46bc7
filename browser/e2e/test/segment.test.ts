// The clients of Segment and RudderStack, with no more than another host, against a node with keys.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
import { NodeProcess } from '../src/node-process.ts';

interface StoredEvent {
  event_id: string;
  name: string;
  user_id: string | null;
  account_id: string | null;
  anonymous_id: string | null;
  schema_version: string;
  timestamp: number;
  received_at: number;
  verified: boolean;
  properties: Record<string, unknown>;
}

type Expected = Pick<StoredEvent, 'name' | 'user_id' | 'account_id' | 'anonymous_id' | 'properties'>;

const CALLS = 1_000;
const NAMESPACE = '85ca40d1-3746-54c4-b89f-246256e60450';
const SECRET_KEY = 'sk_segment_test';
const ADMIN_KEY = 'ak_segment_test';
const START = Date.now();
const TYPES = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const;

let node: NodeProcess;

before(async () => {
  node = await NodeProcess.start({
    environment: {
      GROWTHBUS_PUBLISHABLE_KEY: 'pk_segment_test',
      GROWTHBUS_SECRET_KEY: SECRET_KEY,
      GROWTHBUS_ADMIN_KEY: ADMIN_KEY,
      GROWTHBUS_TOKEN_SECRET: '0123456789abcdef0123456789abcdef',
    },
  });
});

after(async () => {
  await node?.stop();
  node?.removeData();
});

/** Everything that is stored, page by page. */
async function stored(): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: { items: StoredEvent[]; next: string | null } = await node.get(
      `/api/admin/events?limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      { headers: { Authorization: `Bearer ${ADMIN_KEY}` } },
    );
    all.push(...page.items);
    cursor = page.next;
  }
  return all;
}

/** A UUID of version 5. */
function nameBasedId(name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** When the call with this number happened: a minute before the one before it. */
const happened = (i: number) => START - i * 60_000;

/** What the call with this number says, of whichever client; every type has its turn. */
function arguments_(i: number, client: string) {
  return {
    type: TYPES[i % TYPES.length]!,
    userId: `${client}-${i}`,
    anonymousId: `anon-${client}-${i}`,
    timestamp: new Date(happened(i)),
    context: { ip: '203.0.113.7', userAgent: 'secret', groupId: `account-${i}` },
    details: { i, text: 'Zoë 🚀', list: [1, { deep: null }] },
  };
}

/** The event that the call with this number must have become. */
function expected(i: number, client: string): Expected {
  const { type, userId, anonymousId, details } = arguments_(i, client);
  const user = { user_id: userId, anonymous_id: anonymousId, account_id: `account-${i}` };
  const named = { name: `Name ${i}`, category: 'Docs' };
  const properties: Record<typeof type, Record<string, unknown>> = {
    track: details,
    identify: details,
    page: { ...details, ...named },
    screen: { ...details, ...named },
    group: details,
    alias: { previousId: `previous-${i}` },
  };
  return {
    ...user,
    account_id: type === 'group' ? `group-${i}` : user.account_id,
    anonymous_id: type === 'alias' ? null : user.anonymous_id,
    name: type === 'track' ? 'project_opened' : `$${type}`,
    properties: properties[type],
  };
}

function assertDelivered(events: StoredEvent[], client: string): void {
  const mine = events.filter((event) => event.user_id?.startsWith(`${client}-`));
  assert.equal(mine.length, CALLS, 'each call is one event');
  assert.equal(new Set(mine.map((event) => event.event_id)).size, CALLS);
  const byUser = new Map(mine.map((event) => [event.user_id, event]));
  for (let i = 0; i < CALLS; i++) {
    const event = byUser.get(`${client}-${i}`);
    assert.ok(event, `call ${i}`);
    const { name, user_id, account_id, anonymous_id, properties } = event;
    assert.deepEqual({ name, user_id, account_id, anonymous_id, properties }, expected(i, client));
    assert.equal(event.schema_version, '1.0.0');
    assert.equal(event.verified, true, 'the secret key speaks for any user');
    assert.ok(Math.abs(event.timestamp - happened(i)) < 20_000, `${event.timestamp} of call ${i}`);
  }
}

test('1,000 mixed calls of Segment’s client are stored as the events that they mean', async () => {
  const messageIds: string[] = [];
  const errors: unknown[] = [];
  const statuses = new Set<number>();
  const analytics = new Analytics({ writeKey: SECRET_KEY, host: node.app });
  analytics.on('error', (error) => errors.push(error));
  analytics.on('http_response', ({ status }) => statuses.add(status));
  analytics.on('http_request', ({ body }) => {
    const { batch } = JSON.parse(body) as { batch: { messageId: string }[] };
    messageIds.push(...batch.map((call) => call.messageId));
  });

  for (let i = 0; i < CALLS; i++) {
    const { type, details, userId, anonymousId, timestamp, context } = arguments_(i, 'segment');
    const common = { userId, anonymousId, timestamp, context };
    const named = { name: `Name ${i}`, category: 'Docs', properties: details };
    switch (type) {
      case 'track':
        analytics.track({ ...common, event: 'project_opened', properties: details });
        break;
      case 'identify':
        analytics.identify({ ...common, traits: details });
        break;
      case 'page':
        analytics.page({ ...common, ...named });
        break;
      case 'screen':
        analytics.screen({ ...common, ...named });
        break;
      case 'group':
        analytics.group({ ...common, groupId: `group-${i}`, traits: details });
        break;
      case 'alias':
        analytics.alias({ userId, timestamp, context, previousId: `previous-${i}` });
        break;
    }
  }
  await analytics.closeAndFlush({ timeout: 60_000 });

  assert.deepEqual(errors, []);
  assert.deepEqual([...statuses], [200]);
  const events = await stored();
  assertDelivered(events, 'segment');
  const ids = events.filter((event) => event.user_id?.startsWith('segment-')).map((e) => e.event_id);
  assert.deepEqual(ids.sort(), [...new Set(messageIds)].map(nameBasedId).sort());
});

test('1,000 mixed calls of RudderStack’s client are stored as the events that they mean', async () => {
  const analytics = new RudderAnalytics(SECRET_KEY, { dataPlaneUrl: node.app });
  const outcomes: Promise<void>[] = [];
  const outcome = () => {
    let done!: (error?: unknown) => void;
    outcomes.push(
      new Promise((resolve, reject) => {
        done = (error) => (error ? reject(error) : resolve());
      }),
    );
    return () => done();
  };

  for (let i = 0; i < CALLS; i++) {
    const { type, details, userId, anonymousId, timestamp, context } = arguments_(i, 'rudder');
    const common = { userId, anonymousId, timestamp, context };
    const named = { name: `Name ${i}`, category: 'Docs', properties: details };
    switch (type) {
      case 'track':
        analytics.track({ ...common, event: 'project_opened', properties: details }, outcome());
        break;
      case 'identify':
        analytics.identify({ ...common, traits: details }, outcome());
        break;
      case 'page':
        analytics.page({ ...common, ...named }, outcome());
        break;
      case 'screen':
        analytics.screen({ ...common, ...named }, outcome());
        break;
      case 'group':
        analytics.group({ ...common, groupId: `group-${i}`, traits: details }, outcome());
        break;
      case 'alias': {
        const { anonymousId: _, ...rest } = common;
        analytics.alias({ ...rest, previousId: `previous-${i}` }, outcome());
        break;
      }
    }
  }
  await analytics.flush();
  await Promise.all(outcomes);

  assertDelivered(await stored(), 'rudder');
});

test('a wrong key is refused and both clients say so', async () => {
  const segment = new Analytics({ writeKey: 'wrong', host: node.app });
  const refused = new Promise<string>((resolve) => {
    segment.on('error', ({ reason }) => resolve(String(reason)));
  });
  segment.track({ userId: 'intruder', event: 'refused' });
  await segment.closeAndFlush({ timeout: 60_000 });
  assert.match(await refused, /401/);

  const status = await new Promise<number | undefined>((resolve) => {
    const rudder = new RudderAnalytics('wrong', {
      dataPlaneUrl: node.app,
      errorHandler: (error: { response?: { status?: number } }) => resolve(error.response?.status),
    });
    rudder.track({ userId: 'intruder', event: 'refused' });
  });
  assert.equal(status, 401);

  assert.deepEqual(
    (await stored()).filter((event) => event.user_id === 'intruder'),
    [],
  );
});
