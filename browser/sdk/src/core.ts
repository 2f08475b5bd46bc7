// What all parts of one SDK share: who the user is, what may be done, and the way to the node.
import type { Config } from './config.ts';
import { createConsent, type KnownConsent } from './consent.ts';
import type { Environment } from './environment.ts';
import { isObject, parse } from './json.ts';
import { createSession, type Session } from './session.ts';
import { createStore, type Store } from './store.ts';
import { createTabs, type Tabs } from './tabs.ts';
import type { CoreOptions } from './types.ts';
import { watchers, type Fail, type Watchers } from './watchers.ts';

export interface Core extends Session {
  readonly options: CoreOptions;
  readonly env: Environment;
  readonly store: Store;
  readonly tabs: Tabs;
  readonly consent: KnownConsent;
  config: Config;
  /** Replaces the settings by those of the node. */
  configure(config: unknown): void;
  fail: Fail;
  watchers(): Watchers;
  /** Something went wrong that nobody expects. */
  broken(error: unknown): void;
  /** Where a path of the node is, with the key. */
  url(path: string): string;
  /** A request; rejects without the whole answer after `ms`. */
  request(path: string, init?: RequestInit, ms?: number): Promise<Response>;
  /** The JSON of a success; rejects for everything else. */
  json(path: string, init?: RequestInit, ms?: number): Promise<unknown>;
  /** The same as the current user, where there is a token. */
  ask(path: string, init?: RequestInit, ms?: number): Promise<unknown>;
  /** A random time up to the given one. */
  jitter(ms: number): number;
  /** A pause that doubles with each attempt, spread by chance over its second half. */
  pause(attempt: number, firstMs: number, longestMs: number): number;
  closed: boolean;
}

const ANSWER_MS = 10_000;
const PURPOSE = 'analytics';
const DEFAULTS: Config = {
  schema_version: '1.0.0',
  batch_size: 25,
  flush_interval_ms: 2_000,
  // Until the node has spoken nothing is certain, and nothing is kept on the device.
  consent: { required: true, purpose: PURPOSE },
  known: false,
};

export function createCore(options: CoreOptions, env: Environment): Core {
  const warned = new Set<string>();
  const fail: Fail = (code, cause) => {
    try {
      if (options.onError) options.onError({ code, cause });
      else if (!warned.has(code)) console.warn('growthbus', code, cause);
      warned.add(code);
    } catch {
      // An error handler that throws has nobody left to be told.
    }
  };
  const prefix = `growthbus:${options.key || ''}:`;
  const store = createStore(env.storage, prefix);
  const consent = createConsent(options, env, store, () => core.config, watchers(fail));

  const core: Core = Object.assign(createSession(options, env, store, consent, fail), {
    options,
    env,
    store,
    consent,
    tabs: createTabs(env, store, prefix),
    config: DEFAULTS,
    closed: false,
    fail,
    broken: (error) => fail('internal', error),
    watchers: () => watchers(fail),
    jitter: (ms) => env.random() * ms,
    configure(json) {
      if (!isObject(json) || !isObject(json.consent)) return;
      const before = consent.get();
      const said = { ...DEFAULTS, ...json } as Config;
      const within = (value: number, least: number, most: number) =>
        Math.min(most, Math.max(least, +value || 0));
      core.config = {
        schema_version: said.schema_version,
        batch_size: within(said.batch_size, 1, 500),
        flush_interval_ms: within(said.flush_interval_ms, 50, 600_000),
        consent: { required: said.consent.required === true, purpose: said.consent.purpose || PURPOSE },
        known: true,
      };
      store.set('config', JSON.stringify(json));
      consent.settle(before);
    },
    url: (path) =>
      (options.url || '').replace(/\/+$/, '') +
      path +
      (options.key ? (path.includes('?') ? '&' : '?') + 'key=' + encodeURIComponent(options.key) : ''),
    async request(path, init, ms = ANSWER_MS) {
      const abort = new AbortController();
      const { signal } = abort;
      const stop = () => abort.abort();
      const timer = env.setTimeout(stop, ms);
      init?.signal?.addEventListener('abort', stop, { signal });
      try {
        const answer = await env.fetch(core.url(path), { credentials: 'omit', ...init, signal });
        // Read within the time: a body that stands still is no answer either.
        const text = await answer.text();
        return new Response(text || null, { status: answer.status, headers: answer.headers });
      } finally {
        env.clearTimeout(timer);
        stop();
      }
    },
    async json(path, init, ms) {
      const response = await core.request(path, init, ms);
      if (!response.ok) throw new Error('status ' + response.status);
      return response.json();
    },
    async ask(path, init, ms) {
      const token = await core.token();
      return core.json(
        path,
        { ...(token && { headers: { Authorization: 'Bearer ' + token } }), ...init },
        ms,
      );
    },
    pause(attempt, firstMs, longestMs) {
      const half = Math.min(longestMs, firstMs * 2 ** attempt) / 2;
      return half + core.jitter(half);
    },
  } satisfies Omit<Core, keyof Session>);
  core.configure(parse(store.onDevice('config')));
  consent.settle();
  return core;
}
