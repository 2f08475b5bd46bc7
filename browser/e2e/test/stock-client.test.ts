// The stock clients of the event-bus bridge, unchanged, on every transport that the node offers.
import assert from 'node:assert/strict';
import http from 'node:http';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { NodeProcess } from '../src/node-process.ts';
import { until } from '../src/until.ts';

interface Message {
  type: string;
  address?: string;
  body: Record<string, unknown>;
}

interface StockClient {
  onopen: () => void;
  onerror: (error: unknown) => void;
  onclose: (event: unknown) => void;
  registerHandler(
    address: string,
    headers: Record<string, string>,
    handler: (error: unknown, message: Message) => void,
  ): void;
  send(
    address: string,
    body: unknown,
    headers: Record<string, string>,
    reply: (error: unknown, message: Message) => void,
  ): void;
  close(): void;
}

const EventBus = createRequire(import.meta.url)('@vertx/eventbus-bridge-client.js') as new (
  url: string,
  options: Record<string, unknown>,
) => StockClient;

// The server ends the connections of a polling session with the session. A browser repeats a request that
// meets such a connection; the pool of this process would not, so each request gets its own.
http.globalAgent = new http.Agent({ keepAlive: false });

let node: NodeProcess;

before(async () => {
  node = await NodeProcess.start();
});

after(async () => {
  await node?.stop();
  node?.removeData();
});

async function connect(transports: string[]): Promise<{ bus: StockClient; errors: unknown[] }> {
  const errors: unknown[] = [];
  const bus = new EventBus(`${node.app}/eventbus`, { transports, vertxbus_ping_interval: 5_000 });
  bus.onerror = (error) => errors.push(error);
  await new Promise<void>((resolve, reject) => {
    bus.onopen = resolve;
    bus.onclose = (event) => reject(new Error(`closed instead of opened: ${JSON.stringify(event)}`));
  });
  bus.onclose = () => undefined;
  return { bus, errors };
}

async function tokenOf(user: string): Promise<string> {
  return (await node.post<{ token: string }>('/api/auth/user-token', { user_id: user })).token;
}

function usage(user: string, count: number): { batch: unknown[] } {
  const batch = Array.from({ length: count }, () => ({
    event_id: crypto.randomUUID(),
    schema_version: '1.0.0',
    user_id: user,
    timestamp: Date.now(),
    name: 'team_invite_sent',
    properties: { role: 'editor', invitee_domain: 'example.com' },
  }));
  return { batch };
}

for (const transport of ['websocket', 'xhr-streaming', 'xhr-polling']) {
  test(`over ${transport} the stock client registers, gets its prompt and acknowledges it`, async () => {
    const user = `stock-${transport}`;
    const { bus, errors } = await connect([transport]);
    try {
      const headers = { authorization: `Bearer ${await tokenOf(user)}` };
      const messages: Message[] = [];
      bus.registerHandler('me.prompts', headers, (error, message) => {
        assert.equal(error, null);
        messages.push(message);
      });
      await node.post('/api/telemetry/ingest', usage(user, 2));

      const prompt = (await until('the prompt arrives', () => messages[0])).body;
      assert.equal(prompt['event'], 'team_invites');

      const reply = await new Promise<Message>((resolve, reject) =>
        bus.send(
          'me.prompts.ack',
          { prompt_id: prompt['prompt_id'], action: 'shown' },
          {},
          (error, message) => (error ? reject(new Error(JSON.stringify(error))) : resolve(message)),
        ),
      );
      assert.deepEqual(reply.body, { prompt_id: prompt['prompt_id'], state: 'shown' });
      assert.deepEqual(errors, []);
    } finally {
      bus.close();
    }
  });
}

test('an address that is none of the aliases is refused, and the socket stays open', async () => {
  const { bus, errors } = await connect(['websocket']);
  try {
    const headers = { authorization: `Bearer ${await tokenOf('curious')}` };
    bus.registerHandler('growthbus.activation.prompt-raised', headers, () => assert.fail('not exposed'));

    const refusal = await until('the refusal arrives', () => errors[0] as Message | undefined);
    assert.deepEqual(refusal, { type: 'err', body: 'access_denied' });

    const messages: Message[] = [];
    bus.registerHandler('me.prompts', headers, (_error, message) => messages.push(message));
    await node.post('/api/telemetry/ingest', usage('curious', 2));
    await until('the prompt arrives all the same', () => messages[0]);
  } finally {
    bus.close();
  }
});
