// A browser that a test holds in its hands: its clock, its network, its storage, its tabs.
import { prepare, type Prepare } from '../../src/flags/index.ts';
import { start } from '../../src/growth.ts';
import type { Environment } from '../../src/environment.ts';
import { startLive } from '../../src/live/start.ts';
import type { GrowthOptions } from '../../src/options.ts';
import type { Growth, GrowthError } from '../../src/types.ts';

export interface Sent {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string;
  keepalive: boolean;
}

export type Answer = Response | Promise<Response>;

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(status === 204 || status === 304 ? null : JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
  });

export const CONFIG = {
  schema_version: '1.0.0',
  batch_size: 25,
  flush_interval_ms: 2_000,
  consent: { required: false, purpose: 'analytics' },
};

interface StoredEvent {
  event_id: string;
  name: string;
  user_id: string | null;
  anonymous_id?: string;
  timestamp: number;
  properties: Record<string, unknown>;
}

interface Batch {
  batch: StoredEvent[];
  userToken?: string;
  writeKey?: string;
  consent?: Record<string, boolean | null>;
}

/** Lets everything that needs no clock happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 12; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}

export class FakeStorage implements Storage {
  readonly entries = new Map<string, string>();
  /** Characters that fit. */
  quota = Infinity;

  get length(): number {
    return this.entries.size;
  }
  key(index: number): string | null {
    return [...this.entries.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.entries.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    let used = value.length;
    this.entries.forEach((text, name) => (used += name === key ? 0 : text.length));
    if (used > this.quota) throw new DOMException('full', 'QuotaExceededError');
    this.entries.set(key, value);
  }
  removeItem(key: string): void {
    this.entries.delete(key);
  }
  clear(): void {
    this.entries.clear();
  }
}

/** Web Locks as far as the SDK uses them. */
export class FakeLocks {
  private readonly held = new Map<string, Promise<unknown>>();

  async request(
    name: string,
    options: { ifAvailable?: boolean; signal?: AbortSignal },
    run: (lock: unknown) => unknown,
  ): Promise<unknown> {
    while (this.held.has(name)) {
      if (options.ifAvailable) return run(null);
      const aborted = new Promise((_, reject) =>
        options.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError'))),
      );
      await Promise.race([this.held.get(name), aborted]);
    }
    const work = Promise.resolve(run({ name })).finally(() => this.held.delete(name));
    this.held.set(
      name,
      work.catch(() => {}),
    );
    return work;
  }
}

/** A node that remembers what it was told, as the real one does: each id once. */
export class FakeNode {
  readonly requests: Sent[] = [];
  readonly events: StoredEvent[] = [];
  readonly batches: Batch[] = [];
  config: unknown = CONFIG;
  definitions: { version: number; flags: unknown[]; remote?: string[] } = { version: 1, flags: [] };
  entitlement: Record<string, unknown> = {
    tier: 'free',
    limits: { api_calls: 100 },
    unlimited: [],
    features: [],
    usage: {},
    last_sync: 1,
    state: 'fresh',
    revision: 1,
  };
  /** What it answers instead, while it gives an answer. */
  instead: ((sent: Sent) => Answer | undefined) | null = null;

  readonly fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const sent: Sent = {
      url: new URL(url, 'https://page.example'),
      method: init.method ?? 'GET',
      headers: { ...(init.headers as Record<string, string>) },
      body: String(init.body ?? ''),
      keepalive: init.keepalive === true,
    };
    this.requests.push(sent);
    if (init.signal?.aborted) throw new DOMException('aborted', 'AbortError');
    const aborted = new Promise<never>((_, reject) =>
      init.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError'))),
    );
    return Promise.race([this.instead?.(sent) ?? this.answer(sent), aborted]);
  };

  of(path: string): Sent[] {
    return this.requests.filter(({ url }) => url.pathname === path);
  }

  names(): string[] {
    return this.events.map(({ name }) => name);
  }

  answer(sent: Sent): Response {
    const { pathname } = sent.url;
    if (pathname === '/api/sdk/config') return json(this.config);
    if (pathname === '/api/flags/definitions') {
      const tag = `"${this.definitions.version}"`;
      return sent.headers['If-None-Match'] === tag
        ? json(null, 304)
        : json(this.definitions, 200, { ETag: tag });
    }
    if (pathname.startsWith('/api/billing/entitlements/')) return json(this.entitlement);
    if (pathname === '/api/telemetry/ingest') return this.ingest(sent);
    if (pathname === '/api/prompts') return json({ prompts: [] });
    return json({}, 404);
  }

  ingest(sent: Sent): Response {
    const body = JSON.parse(sent.body) as Batch;
    this.batches.push(body);
    const fresh = body.batch.filter(
      (event) => !this.events.some((known) => known.event_id === event.event_id),
    );
    this.events.push(...fresh);
    return json({
      accepted: fresh.length,
      duplicates: body.batch.length - fresh.length,
      rejected: [],
      consent_dropped: 0,
    });
  }
}

export class FakeSocket {
  static readonly all: FakeSocket[] = [];
  readyState = 0;
  binaryType = '';
  readonly frames: Record<string, unknown>[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  send(text: string): void {
    this.frames.push(JSON.parse(text) as Record<string, unknown>);
  }
  deliver(address: string, body: unknown): void {
    // Binary, as some versions of the bridge do it.
    this.onmessage?.({
      data: new TextEncoder().encode(JSON.stringify({ type: 'rec', address, body })).buffer,
    });
  }
  close(code = 1000): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

interface Timer {
  at: number;
  run: () => void;
}

export class FakePage extends EventTarget {
  visibilityState = 'visible';
}

export interface Tab {
  growth: Growth;
  window: EventTarget;
  document: FakePage;
  errors: GrowthError[];
  beacons: string[];
  /** As the browser does when the page is left. */
  leave(): void;
}

export class World {
  nowMs = 1_795_521_600_000;
  randomness = 0.5;
  online = true;
  gpc = false;
  readonly storage = new FakeStorage();
  readonly locks = new FakeLocks();
  readonly node = new FakeNode();
  /** Loads the evaluator. */
  evaluator: () => Promise<Prepare> = () => Promise.resolve(prepare);
  /** How many timers were ever set. */
  timersSet = 0;
  private readonly timers = new Set<Timer>();

  /** Timers that wait. */
  get pending(): number {
    return this.timers.size;
  }

  /** A tab of the same browser. */
  tab(options: GrowthOptions = {}): Tab {
    const window = new EventTarget();
    const document = new FakePage();
    const errors: GrowthError[] = [];
    const beacons: string[] = [];
    const world = this;
    const environment: Partial<Environment> = {
      now: () => this.nowMs,
      random: () => this.randomness,
      fetch: (url, init) =>
        this.online ? this.node.fetch(url, init) : Promise.reject(new TypeError('Failed to fetch')),
      setTimeout: (run, ms) => {
        // As browsers do it: what is longer than a timer can be is over at once.
        const timer = { at: this.nowMs + (ms > 2 ** 31 - 1 ? 1 : Math.max(0, ms)), run };
        this.timers.add(timer);
        this.timersSet++;
        return timer;
      },
      clearTimeout: (timer) => void this.timers.delete(timer as Timer),
      storage: this.storage,
      locks: this.locks as unknown as LockManager,
      window,
      document: document as unknown as Document,
      WebSocket: FakeSocket as unknown as new (url: string) => WebSocket,
      href: 'https://page.example/',
      navigator: {
        get onLine() {
          return world.online;
        },
        get globalPrivacyControl() {
          return world.gpc;
        },
        sendBeacon: (_url, body) => beacons.push(String(body)) > 0,
      },
      ...options.environment,
    };
    const growth = start(
      { prompts: { view: false }, onError: (error) => errors.push(error), ...options, environment },
      { live: () => Promise.resolve(startLive), evaluator: () => this.evaluator() },
    );
    const leave = () => {
      document.visibilityState = 'hidden';
      document.dispatchEvent(new Event('visibilitychange'));
      window.dispatchEvent(new Event('pagehide'));
    };
    return { growth, window, document, errors, beacons, leave };
  }

  /** The page is gone without a word: nothing of it runs any more. */
  crash(): void {
    this.timers.clear();
  }

  async advance(ms: number): Promise<void> {
    await settle();
    const end = this.nowMs + ms;
    for (;;) {
      const due = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.timers.delete(due);
      this.nowMs = Math.max(this.nowMs, due.at);
      due.run();
      await settle();
    }
    this.nowMs = end;
    await settle();
  }
}

/** A user token as far as a page can read it. */
export function token(user: string, endsAtMs: number): string {
  const claims = JSON.stringify({ sub: user, exp: Math.floor(endsAtMs / 1000) });
  return `e30.${Buffer.from(claims).toString('base64url')}.c2ln`;
}
