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
/** After a failure the node is left alone for at least so long. */
const REST_MS = 5_000;
const LONGEST_REST_MS = 300_000;
/** Last known answers are used for a day. */
const STALE_MS = 86_400_000;
const MOST_USERS = 100;
const KEY = 'entitlement';
const FALLBACK: Entitlement = { tier: 'free', limits: { api_calls: 100 }, last_sync: 0, state: 'fallback' };

interface Entry {
  value: Entitlement | null;
  asking: Promise<Entitlement> | null;
  failures: number;
  notBefore: number;
}

export function createEntitlements(core: Core): EntitlementClient {
  const { env, store, fail } = core;
  const watching = core.watchers();
  const users = new Map<string, Entry>();
  let shown: Entitlement = FALLBACK;

  const entryOf = (user: string): Entry => {
    let entry = users.get(user);
    if (!entry) {
      entry = { value: stored(user), asking: null, failures: 0, notBefore: 0 };
      users.set(user, entry);
      if (users.size > MOST_USERS) users.delete(users.keys().next().value!);
    }
    return entry;
  };

  const stored = (user: string): Entitlement | null => {
    const known = parse(store.get(KEY));
    return isObject(known) && known.user === user && usable(known.value) ? known.value : null;
  };

  const usable = (value: unknown): value is Entitlement =>
    isObject(value) && typeof value.tier === 'string' && isObject(value.limits);

  /** What is still true of something known: stale after its time, nothing after its deadline. */
  const now = (value: Entitlement | null): Entitlement => {
    if (!value) return FALLBACK;
    const at = env.now();
    const deadline = Math.max(value.expires_at || 0, value.grace_until || 0);
    if (at - value.last_sync > STALE_MS || (deadline && at >= deadline)) return FALLBACK;
    return value.state === 'fresh' && at - value.last_sync > 2 * TTL_MS
      ? { ...value, state: 'stale' }
      : value;
  };

  const show = (): void => {
    const next = core.user ? now(entryOf(core.user).value) : FALLBACK;
    if (JSON.stringify(next) === JSON.stringify(shown)) return;
    shown = next;
    watching.notify();
  };

  const keep = (user: string, entry: Entry, value: Entitlement): void => {
    // A push may have overtaken the answer.
    if (entry.value && (value.revision || 0) < (entry.value.revision || 0)) return;
    entry.value = value;
    if (user === core.user) store.set(KEY, JSON.stringify({ user, value }));
  };

  const ask = async (user: string, entry: Entry): Promise<Entitlement> => {
    try {
      const headers = user === core.user ? await core.authorization() : {};
      const path = '/api/billing/entitlements/' + encodeURIComponent(user);
      const response = await core.request(path, { headers, credentials: 'omit', cache: 'no-cache' });
      if (!response.ok) throw new Error('status ' + response.status);
      const body: unknown = await response.json();
      if (!usable(body)) throw new Error('not an entitlement');
      if (body.state === 'fallback') throw new Error('the node cannot read it now');
      // By the clock of this page: that is what its age is measured with.
      keep(user, entry, { ...body, last_sync: env.now() });
      entry.failures = entry.notBefore = 0;
    } catch (error) {
      fail('entitlement_unavailable', 'what the user may use is not known now', error);
      const rest = Math.min(LONGEST_REST_MS, REST_MS * 2 ** entry.failures++);
      entry.notBefore = env.now() + rest / 2 + core.jitter(rest / 2);
    }
    entry.asking = null;
    show();
    return now(entry.value);
  };

  const client: EntitlementClient = {
    subscribe: watching.subscribe,
    get current() {
      return shown;
    },
    get state() {
      return shown.state;
    },
    async resolve(userId) {
      const user = userId || core.user;
      if (!user) return FALLBACK;
      const entry = entryOf(user);
      const at = env.now();
      if (entry.value && at - entry.value.last_sync < TTL_MS) return now(entry.value);
      if (!entry.asking && at >= entry.notBefore && env.window) entry.asking = ask(user, entry);
      // What was known is answered at once and made fresh behind it.
      const known = now(entry.value);
      return known === FALLBACK && entry.asking ? entry.asking : known;
    },
    can: (feature) => (shown.features || []).includes(feature),
    remaining(meter) {
      if ((shown.unlimited || []).includes(meter)) return Infinity;
      const limit = shown.limits[meter];
      return limit === undefined ? 0 : Math.max(0, limit - ((shown.usage || {})[meter] || 0));
    },
    pushed(body) {
      const user = core.user;
      if (!user) return;
      const entry = entryOf(user);
      const revision = Number(body.revision) || 0;
      if (usable(body) && entry.value && revision >= (entry.value.revision || 0)) {
        const { tier, limits, state } = body;
        if (state !== 'fallback') keep(user, entry, { ...entry.value, tier, limits, state, revision });
        show();
      }
      // The push says the tier and its limits; the rest is asked for.
      if (!entry.asking) entry.asking = ask(user, entry);
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
