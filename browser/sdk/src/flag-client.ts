// The flags of a page: from the page itself, else from the device, then from the node; evaluated here.
import type { Core } from './core.ts';
import { isObject, parse } from './json.ts';
import { prepare, type Result, type Snapshot } from './flags/index.ts';
import { exposureId } from './ids.ts';
import type { Tracker } from './tracker.ts';
import type { Attributes, FlagDetails, Flags } from './types.ts';

export interface FlagClient extends Flags {
  /** The definitions have changed. */
  changed(revision: number): void;
  /** Asks again when the last answer is older than a minute. */
  refreshOld(): void;
}

interface Known {
  body: unknown;
  /** User for whom the definitions were narrowed. */
  user: string | null;
  tag: string | null;
  /** When the node gave them, ms since the epoch. */
  at: number;
  /** Answers that only the node could give, for one unit and its attributes. */
  remote: Record<string, Result>;
  of: string;
}

const KEY = 'flags';
const ANSWER_MS = 3_000;
const OLD_MS = 60_000;
const DAY_MS = 86_400_000;
const JITTER_MS = 1_000;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;
const NOT_READY: Result = { value: undefined, variant: null, reason: 'PROVIDER_NOT_READY' };
/** Reasons for which the page's own fallback is the answer. */
const UNANSWERED = /NOT_FOUND|MISSING|ERROR|NOT_READY/;

/** What the answers are made of, replaced as a whole. */
interface State {
  snapshot: Snapshot | null;
  known: Known;
  /** Whom the answers are for: the user before until those of the next are complete. */
  unit: string | null;
  attributes: Attributes;
}

export function createFlags(core: Core, tracker: Tracker): FlagClient {
  const { env, store, fail } = core;
  const watching = core.watchers();
  const exposed = new Set<string>();
  let state: State = {
    snapshot: null,
    known: { body: null, user: null, tag: null, at: 0, remote: {}, of: '' },
    unit: core.unit(),
    attributes: core.attributes,
  };
  let wanted = false;
  let least = 0;
  let attempt = 0;
  let running: Promise<void> | null = null;
  let timer: unknown;

  /** The state with other definitions, unless they cannot be read or are older. */
  const taking = (before: State, known: Known): State => {
    try {
      const snapshot = prepare(known.body);
      const { version } = snapshot;
      if (typeof version !== 'number') throw new TypeError('no version');
      // The data of a node may have been replaced: a day later it is believed again.
      const older =
        before.snapshot && version < before.snapshot.version && known.at - before.known.at < DAY_MS;
      return older ? before : { ...before, snapshot, known };
    } catch (error) {
      fail('invalid_definitions', 'the definitions of flags cannot be read', error);
      return before;
    }
  };

  const versionOf = ({ snapshot }: State): number => (snapshot ? snapshot.version : 0);

  const subject = () => JSON.stringify([core.unit(), core.attributes]);

  const withDefinitions = async (before: State): Promise<State> => {
    const { known } = before;
    const user = core.user;
    const query = (user ? '&user_id=' + encodeURIComponent(user) : '') + (least ? '&revision=' + least : '');
    const response = await core.request(
      '/api/flags/definitions' + query.replace('&', '?'),
      {
        headers: known.tag && known.user === user ? { 'If-None-Match': known.tag } : {},
        credentials: 'omit',
        cache: 'no-cache',
      },
      ANSWER_MS,
    );
    if (response.status === 304) return { ...before, known: { ...known, at: env.now() } };
    if (!response.ok) throw new Error('status ' + response.status);
    const body: unknown = await response.json();
    return taking(before, { ...known, body, user, tag: response.headers.get('ETag'), at: env.now() });
  };

  const askRemote = async (key: string): Promise<Result | null> => {
    try {
      const response = await core.request(
        '/ofrep/v1/evaluate/flags/' + encodeURIComponent(key),
        {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', ...(await core.authorization()) },
          body: JSON.stringify({ context: { ...core.attributes, targetingKey: core.unit() || undefined } }),
          credentials: 'omit',
        },
        ANSWER_MS,
      );
      const json: unknown = await response.json();
      if (!response.ok || !isObject(json) || typeof json.reason !== 'string') return null;
      return { value: json.value, variant: (json.variant as string) || null, reason: json.reason };
    } catch (error) {
      fail('flags_unreachable', 'the node did not answer for a flag', error);
      return null;
    }
  };

  const withRemote = async (before: State, of: string): Promise<State> => {
    const keys = before.snapshot ? [...before.snapshot.remote] : [];
    const answers = await Promise.all(keys.map(askRemote));
    const remote: Record<string, Result> = {};
    keys.forEach((key, i) => {
      // What was known of the same user is better than nothing.
      const answer = answers[i] || (before.known.of === of && before.known.remote[key]);
      if (answer) remote[key] = answer;
    });
    return { ...before, known: { ...before.known, remote, of } };
  };

  const load = async (): Promise<void> => {
    let next = state;
    while (wanted && !core.closed) {
      wanted = false;
      const of = subject();
      try {
        next = await withDefinitions(next);
        // A cache on the way may be behind what the node has announced.
        if (versionOf(next) < least) throw new Error('older than announced');
        attempt = 0;
      } catch (error) {
        fail('flags_unreachable', 'the node did not give the flags', error);
        env.clearTimeout(timer);
        const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt++);
        timer = env.setTimeout(() => void refresh(), pause / 2 + core.jitter(pause / 2));
      }
      next = await withRemote(next, of);
      // Another user meanwhile: their answers are complete after the next round only.
      if (of !== subject()) wanted = true;
    }
    state = { ...next, unit: core.unit(), attributes: core.attributes };
    if (state.snapshot) store.set(KEY, JSON.stringify(state.known));
    watching.notify();
  };

  const refresh = (): Promise<void> => {
    wanted = true;
    running = running || load().finally(() => (running = null));
    return running;
  };

  const answer = (key: string): Result => {
    const { snapshot, known, unit, attributes } = state;
    if (!snapshot) return NOT_READY;
    return snapshot.remote.has(key)
      ? known.remote[key] || NOT_READY
      : snapshot.evaluate(key, unit, attributes);
  };

  const expose = (key: string, { variant, reason, rule }: Result): void => {
    const { unit } = state;
    const version = versionOf(state);
    // While the answers are still those of the user before, nobody is exposed.
    if (!unit || variant === null || unit !== core.unit() || core.options.exposures === false) return;
    const id = exposureId(unit, key, version, variant);
    if (exposed.has(id)) return;
    exposed.add(id);
    tracker.track('$exposure', { flag: key, version, variant, reason, ...(rule ? { rule } : {}) }, { id });
  };

  const details = <T>(key: string, fallback: T, options?: { expose?: boolean }): FlagDetails<T> => {
    const found = answer(key);
    const answered = !UNANSWERED.test(found.reason);
    const fits =
      answered && (fallback === undefined || fallback === null || typeof fallback === typeof found.value);
    if (fits && !(options && options.expose === false)) expose(key, found);
    return {
      ...found,
      value: (fits ? found.value : fallback) as T,
      reason: answered && !fits ? 'TYPE_MISMATCH' : found.reason,
      version: versionOf(state),
    };
  };

  const stored = parse(store.get(KEY));
  if (isObject(stored) && stored.body) state = taking(state, { ...state.known, ...stored } as Known);
  const { bootstrap } = core.options;
  if (bootstrap) state = taking(state, { ...state.known, body: bootstrap, user: core.user, tag: null });

  return {
    subscribe: watching.subscribe,
    get version() {
      return versionOf(state);
    },
    ready: env.window ? refresh() : Promise.resolve(),
    isEnabled: (key, fallback = false) => details(key, fallback).value,
    get: (key, fallback) => details(key, fallback).value,
    details,
    setAttributes(next) {
      core.attributes = { ...next };
      return refresh();
    },
    refresh,
    changed(revision) {
      if (revision <= versionOf(state)) return;
      least = Math.max(least, revision);
      env.setTimeout(() => void refresh(), core.jitter(JITTER_MS));
    },
    refreshOld() {
      if (env.now() - state.known.at > OLD_MS) void refresh();
    },
  };
}
