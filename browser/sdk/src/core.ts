// What all parts of one SDK share: who the user is, what may be done, and the way to the node.
import { createConsent, type KnownConsent } from './consent.ts';
import type { Environment } from './environment.ts';
import { isObject, parse } from './json.ts';
import { createSession, type Session } from './session.ts';
import { createStore, type Store } from './store.ts';
import { createTabs, type Tabs } from './tabs.ts';
import type { GrowthError, GrowthOptions } from './types.ts';
import { watchers, type Fail, type Watchers } from './watchers.ts';

/** What the node says about itself, `GET /api/sdk/config`. */
export interface Config {
  schema_version: string;
  batch_size: number;
  flush_interval_ms: number;
  consent: { required: boolean; purpose: string };
  /** Whether the node has said it. */
  known: boolean;
}

export interface Core extends Session {
  readonly options: GrowthOptions;
  readonly env: Environment;
  readonly store: Store;
  readonly tabs: Tabs;
  readonly consent: KnownConsent;
  config: Config;
  /** Replaces the settings by those of the node. */
  configure(config: unknown): void;
  fail: Fail;
  watchers(): Watchers;
  /** A request; rejects without an answer after `ms`. */
  request(path: string, init?: RequestInit, ms?: number): Promise<Response>;
  /** Headers of a request that is made for the user; empty without a token. */
  authorization(): Promise<Record<string, string>>;
  /** A random time up to the given one. */
  jitter(ms: number): number;
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

export function createCore(options: GrowthOptions, env: Environment): Core {
  const warned = new Set<string>();
  const fail: Fail = (code, message, cause) => {
    const error: GrowthError = { code, message, ...(cause === undefined ? {} : { cause }) };
    try {
      if (options.onError) options.onError(error);
      else if (!warned.has(code)) {
        warned.add(code);
        console.warn('growthbus: ' + message, cause ?? '');
      }
    } catch {
      // An error handler that throws has nobody left to be told.
    }
  };
  const url = (options.url || '').replace(/\/+$/, '');
  const prefix = 'growthbus:' + (options.key || '') + ':';
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
    watchers: () => watchers(fail),
    jitter: (ms) => env.random() * ms,
    configure(json) {
      if (!isObject(json) || !isObject(json.consent)) return;
      const before = consent.get();
      const whole = (value: unknown, least: number, most: number, otherwise: number) =>
        typeof value === 'number' ? Math.min(most, Math.max(least, value)) : otherwise;
      core.config = {
        schema_version: String(json.schema_version || DEFAULTS.schema_version),
        batch_size: whole(json.batch_size, 1, 500, DEFAULTS.batch_size),
        flush_interval_ms: whole(json.flush_interval_ms, 50, 600_000, DEFAULTS.flush_interval_ms),
        consent: {
          required: json.consent.required === true,
          purpose: String(json.consent.purpose || PURPOSE),
        },
        known: true,
      };
      store.set('config', JSON.stringify(json));
      consent.settle(before);
    },
    async request(path, init, ms) {
      const abort = new AbortController();
      const stop = () => abort.abort();
      const timer = env.setTimeout(stop, ms || ANSWER_MS);
      if (init && init.signal) init.signal.addEventListener('abort', stop);
      const key = options.key
        ? (path.includes('?') ? '&' : '?') + 'key=' + encodeURIComponent(options.key)
        : '';
      try {
        return await env.fetch(url + path + key, { ...init, signal: abort.signal });
      } finally {
        env.clearTimeout(timer);
      }
    },
    async authorization() {
      const token = await core.token();
      return token ? { Authorization: 'Bearer ' + token } : {};
    },
  } satisfies Omit<Core, keyof Session>);
  core.configure(parse(store.onDevice('config')));
  consent.settle();
  return core;
}
