// What users may use: cached as long as it is fresh, and never made worse by an answer that is none.
import type { Core } from './core.ts';
import { isObject, parse } from './json.ts';
import type { Entitlement, Entitlements } from './types.ts';

export interface EntitlementClient extends Entitlements {
  /** The node says that it has changed. */
  pushed(body: Record<string, unknown>): void;
  /** The user has changed; resolves when `current` is theirs. */
  follow(): Promise<void>;
}

const TTL_MS = 300_000;
/** After a failure the node is left alone for at least half of it. */
const REST_MS = 5_000;
/** Last known answers are used for a day. */
const STALE_MS = 86_400_000;
const MOST_USERS = 100;
const KEY = 'entitlement';
const FALLBACK: Entitlement = { tier: 'free', limits: { api_calls: 100 }, last_sync: 0, state: 'fallback' };

interface Entry {
  value?: Entitlement;
  asking?: Promise<void> | undefined;
  /** When the value came from the node to this page, ms since the epoch. */
  heardAt: number;
  failures: number;
  notBefore: number;
}

const usable = (value: unknown): value is Entitlement =>
  isObject(value) && !!value.tier && isObject(value.limits) && value.state !== 'fallback';

export function createEntitlements(core: Core): EntitlementClient {
  const { env, store } = core;
  const { subscribe, notify } = core.watchers();
  const users = new Map<string, Entry>();
  let shown = FALLBACK;

  const entryOf = (user: string): Entry => {
    let entry = users.get(user);
    if (!entry) {
      entry = { heardAt: 0, failures: 0, notBefore: 0 };
      const known = parse(store.get(KEY));
      if (isObject(known) && known.user === user && usable(known.value)) entry.value = known.value;
      users.set(user, entry);
      if (users.size > MOST_USERS) users.delete(users.keys().next().value!);
    }
    return entry;
  };

  /** What is still true of something known: stale after its time, nothing after its deadline. */
  const now = ({ value }: Entry): Entitlement => {
    if (!value) return FALLBACK;
    const age = env.now() - value.last_sync;
    const deadline = Math.max(value.expires_at || 0, value.grace_until || 0) || Infinity;
    if (age > STALE_MS || env.now() >= deadline) return FALLBACK;
    return value.state === 'fresh' && age > 2 * TTL_MS ? { ...value, state: 'stale' } : value;
  };

  const show = (): void => {
    const next = core.user ? now(entryOf(core.user)) : FALLBACK;
    if (JSON.stringify(next) === JSON.stringify(shown)) return;
    shown = next;
    notify();
  };

  const keep = (user: string, entry: Entry, value: Entitlement): void => {
    // A push may have overtaken the answer. Later the node is believed: its data may have been replaced.
    if (
      entry.value &&
      (value.revision || 0) < (entry.value.revision || 0) &&
      env.now() - entry.heardAt < TTL_MS
    )
      return;
    entry.value = value;
    entry.heardAt = env.now();
    if (user === core.user) store.set(KEY, JSON.stringify({ user, value }));
  };

  const ask = (user: string, entry: Entry): Promise<void> =>
    (entry.asking =
      entry.asking ||
      core
        .ask('/api/billing/entitlements/' + encodeURIComponent(user), { cache: 'no-cache' })
        .then((body) => {
          if (!usable(body)) throw new Error('not an entitlement');
          // By the clock of this page: that is what its age is measured with.
          keep(user, entry, { ...body, last_sync: env.now() });
          entry.failures = entry.notBefore = 0;
        })
        .catch((error) => {
          core.fail('entitlement_unavailable', error);
          entry.notBefore = env.now() + core.pause(entry.failures++, REST_MS, TTL_MS);
        })
        .then(() => {
          entry.asking = undefined;
          show();
        }));

  const client: EntitlementClient = {
    subscribe,
    get current() {
      return shown;
    },
    get state() {
      return shown.state;
    },
    async resolve(user) {
      user = user || core.user!;
      if (!user) return FALLBACK;
      const entry = entryOf(user);
      const old = !entry.value || env.now() - entry.value.last_sync >= TTL_MS;
      if (old && env.now() >= entry.notBefore && env.window) {
        const asking = ask(user, entry);
        // What was known is answered at once and made fresh behind it.
        if (now(entry) === FALLBACK) await asking;
      }
      return now(entry);
    },
    can: (feature) => (shown.features || []).includes(feature),
    remaining(meter) {
      if ((shown.unlimited || []).includes(meter)) return Infinity;
      return Math.max(0, (shown.limits[meter] || 0) - ((shown.usage || {})[meter] || 0));
    },
    pushed(body) {
      const { user } = core;
      if (!user) return;
      const entry = entryOf(user);
      // The push says the tier and its limits; the rest is asked for.
      if (entry.value && usable(body)) {
        const { tier, limits, state, revision = 0 } = body;
        keep(user, entry, { ...entry.value, tier, limits, state, revision });
        show();
      }
      void ask(user, entry);
    },
    async follow() {
      show();
      await client.resolve();
      show();
    },
  };
  show();
  return client;
}
