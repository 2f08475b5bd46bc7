// The flags of a page: from the page itself, else from the device, then from the node; evaluated here, by the
// evaluator only where that is needed: it is loaded then, and until it is there what was known last is the answer.
import type { Core } from './core.ts';
import { isObject, parse, plain } from './json.ts';
import type { Definitions, Prepare, Snapshot } from './flags/index.ts';
import { prepareShort } from './flags/short.ts';
import { exposureId } from './ids.ts';
import type { Tracker } from './tracker.ts';
import type { Attributes, FlagDetails, Flags } from './types.ts';

export interface FlagClient extends Flags {
  /** The definitions have changed. */
  changed(revision: number): void;
  /** What only the node knows of the user may have changed: asks again for the flags that looked at it. */
  factsChanged(): void;
  /** Asks again when the last answer is older than a minute. */
  refreshOld(): void;
  /** Ends what waits for its time. */
  close(): void;
}

/** An answer, of the definitions or of the node. */
interface Result {
  value: unknown;
  variant: string | null;
  reason: string;
  rule?: string;
  /** The flag's own revision, where the node has said it. */
  revision?: number | undefined;
  /** What only the node knows of the user and the answer was made of, with its values. */
  facts?: Record<string, number>;
}

/** What the answers are made of, replaced as a whole. */
interface State {
  snapshot?: Snapshot | undefined;
  body?: unknown;
  /** User for whom the definitions were narrowed. */
  user?: string | null;
  tag?: string | null;
  /** When the node gave them, ms since the epoch. */
  at: number;
  /** Keys of the flags that take the evaluator. */
  longer: readonly string[];
  /** Answers that only the node could give, or the evaluator on an earlier page, for one unit and its attributes. */
  remote: Record<string, Result>;
  of?: string;
  /** Whom the answers are for: the user before until those of the next are complete. */
  unit: string | null;
  attributes: Attributes;
}

const KEY = 'flags';
const ANSWER_MS = 3_000;
const OLD_MS = 60_000;
const DAY_MS = 86_400_000;
const JITTER_MS = 1_000;
/** Longest time until an answer that was made of usage is asked for again: nobody announces usage. */
const USAGE_MS = 15_000;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;
/** What the node could not read a moment ago it has soon, as a rule. */
const UNREAD_MS = 1_000;
const UNREAD = 'FACTS_UNAVAILABLE';
const NOT_READY: Result = { value: undefined, variant: null, reason: 'PROVIDER_NOT_READY' };
/** Reasons for which the page's own fallback is the answer. */
const UNANSWERED = /NOT_FOUND|MISSING|ERROR|NOT_READY/;

/** Loads the evaluator. */
export type LoadEvaluator = () => Promise<Prepare>;

/**
 * @param prepare the evaluator, where the page has brought it
 */
export function createFlags(
  core: Core,
  tracker: Tracker,
  loadEvaluator: LoadEvaluator,
  prepare?: Prepare,
): FlagClient {
  const { env, store, fail } = core;
  const { subscribe, notify } = core.watchers();
  const exposed = new Set<string>();
  const answeredFor = () => ({ unit: core.unit(), attributes: core.attributes });
  let state: State = { at: 0, longer: [], remote: {}, ...answeredFor() };
  let wanted = false;
  /** Whether more than the flags with facts is wanted. */
  let all = false;
  let least = 0;
  let attempt = 0;
  let running: Promise<void> | null = null;
  let timer: unknown;
  let announced: unknown;
  let coming: Promise<void> | null = null;
  let looking: unknown;
  /** Times in a row that facts could not be read. */
  let unread = 0;

  const versionOf = ({ snapshot }: State): number => (snapshot ? snapshot.version : 0);

  /** Loads the evaluator once, and lets it answer when it is there. */
  const evaluator = (): Promise<void> =>
    (coming ??= loadEvaluator()
      .then((loaded) => {
        prepare = loaded;
        if (state.body) state = taking(state, {});
        notify();
      })
      .catch((error) => {
        // Tried again with the next definitions.
        coming = null;
        fail('evaluator_unavailable', error);
      }));

  /** The state with other definitions, unless they cannot be read or are older. */
  const taking = (before: State, change: Partial<State>): State => {
    try {
      const next = { ...before, ...change };
      const body = next.body as Definitions;
      if (!isObject(body) || !Array.isArray(body.flags) || typeof body.version !== 'number')
        throw new TypeError('no definitions');
      const short = prepareShort(body);
      const { version } = short;
      next.longer = short.longer;
      next.snapshot = prepare && next.longer[0] ? prepare(body) : short;
      if (next.longer[0] && !prepare) void evaluator();
      // The data of a node may have been replaced: a day later it is believed again.
      return version < versionOf(before) && next.at - before.at < DAY_MS ? before : next;
    } catch (error) {
      fail('invalid_definitions', error);
      return before;
    }
  };

  const withDefinitions = async (before: State): Promise<State> => {
    const { user } = core;
    const query = (user ? '?user_id=' + encodeURIComponent(user) : '?') + (least ? '&revision=' + least : '');
    const headers: Record<string, string> = {};
    if (before.tag && before.user === user) headers['If-None-Match'] = before.tag;
    const response = await core.request(
      '/api/flags/definitions' + query,
      { headers, cache: 'no-cache' },
      ANSWER_MS,
    );
    const at = env.now();
    if (response.status === 304) return { ...before, at };
    if (!response.ok) throw new Error('status ' + response.status);
    const body: unknown = await response.json();
    return taking(before, { body, user, tag: response.headers.get('ETag'), at });
  };

  /** @param whole whether also answers that no fact has part in are asked for */
  const withRemote = async (before: State, of: string, whole: boolean): Promise<State> => {
    const remote: Record<string, Result> = {};
    const context = { ...core.attributes, targetingKey: core.unit() || undefined };
    const ask = async (key: string): Promise<void> => {
      // What was known of the same user is better than nothing.
      const known = before.of === of ? before.remote[key] : undefined;
      if (known) remote[key] = known;
      if (known && !known.facts && !whole) return;
      try {
        const path = '/ofrep/v1/evaluate/flags/' + encodeURIComponent(key);
        const { value, variant, reason, metadata } = (await core.ask(
          path,
          { method: 'POST', body: JSON.stringify({ context }) },
          ANSWER_MS,
        )) as Result & { metadata?: Record<string, number> };
        const facts = Object.entries(metadata || {}).filter(([name]) => /^(usage\.|entitlement)/.test(name));
        const open = reason === UNREAD;
        if (known && open) return;
        remote[key] = {
          value,
          variant: variant || null,
          reason,
          revision: metadata && metadata.flag_revision,
          ...(open || facts.length ? { facts: Object.fromEntries(facts) } : {}),
        };
      } catch (error) {
        fail('flags_unreachable', error);
      }
    };
    await Promise.all([...(before.snapshot ? before.snapshot.remote : [])].map(ask));
    return { ...before, remote, of };
  };

  const load = async (): Promise<void> => {
    let next = state;
    let loud = false;
    while (wanted && !core.closed) {
      const whole = all;
      wanted = all = false;
      loud = loud || whole;
      const of = JSON.stringify(answeredFor());
      if (whole)
        try {
          next = await withDefinitions(next);
          // A cache on the way may be behind what the node has announced.
          if (versionOf(next) < least) throw new Error('older than announced');
          attempt = 0;
        } catch (error) {
          fail('flags_unreachable', error);
          env.clearTimeout(timer);
          if (!core.closed)
            timer = env.setTimeout(refresh, core.pause(attempt++, FIRST_PAUSE_MS, LONGEST_PAUSE_MS));
        }
      if (next.snapshot?.remote.has(next.longer[0]!)) {
        if (!prepare)
          await Promise.race([evaluator(), new Promise<void>((late) => env.setTimeout(late, ANSWER_MS))]);
        if (prepare) next = taking(next, {});
      }
      // What the evaluator would have answered, if it could be loaded, is the node's to answer.
      next = await withRemote(next, of, whole);
      // Another user meanwhile: their answers are complete after the next round only.
      if (of !== JSON.stringify(answeredFor())) wanted = all = true;
    }
    const text = JSON.stringify(next.remote);
    loud = loud || text !== JSON.stringify(state.remote);
    state = { ...next, ...answeredFor() };
    env.clearTimeout(looking);
    unread = text.includes(UNREAD) ? unread + 1 : 0;
    // Of a page that nobody sees nothing is asked until it wakes.
    if (env.window && !core.closed && (unread || text.includes('"usage.')))
      looking = env.setTimeout(
        () => env.document!.visibilityState === 'hidden' || factsChanged(),
        core.pause(unread, unread ? UNREAD_MS : USAGE_MS, LONGEST_PAUSE_MS),
      );
    if (!loud) return;
    if (state.snapshot)
      store.set(KEY, JSON.stringify({ ...state, snapshot: undefined, remote: lastKnown() }));
    notify();
  };

  const run = (): Promise<void> => {
    wanted = true;
    return (running =
      running ||
      load()
        .catch((error) => fail('internal', error))
        .finally(() => (running = null)));
  };
  const refresh = (): Promise<void> => {
    all = true;
    return run();
  };
  const factsChanged = (): void => {
    if (Object.values(state.remote).some(({ facts }) => facts)) void run();
  };

  const answer = (key: string): Result => {
    const { snapshot, remote, unit, attributes } = state;
    if (!snapshot) return NOT_READY;
    return snapshot.remote.has(key) ? remote[key] || NOT_READY : snapshot.evaluate(key, unit, attributes);
  };

  /** The revision since which the flag itself is as it is. */
  const revisionOf = (key: string, { revision }: Result): number => {
    const { flags = [], targeted = [] } = (state.body || {}) as Partial<Definitions>;
    const form = [...flags, ...targeted].find((flag) => flag.key === key);
    return revision || (form && form.revision) || versionOf(state);
  };

  /** What the next page begins with where it cannot answer by itself. */
  const lastKnown = (): Record<string, Result> => {
    const known = { ...state.remote };
    for (const key of state.longer) {
      const found = answer(key);
      known[key] = { ...found, revision: revisionOf(key, found) };
    }
    return known;
  };

  const expose = (key: string, found: Result): void => {
    const { unit } = state;
    const { variant, reason, rule } = found;
    const revision = revisionOf(key, found);
    const once = JSON.stringify([unit, key, revision, variant]);
    // While the answers are still those of the user before, nobody is exposed.
    if (
      !unit ||
      variant === null ||
      unit !== core.unit() ||
      core.options.exposures === false ||
      exposed.has(once)
    )
      return;
    exposed.add(once);
    const { user } = core;
    exposureId(unit, key, revision, variant).then(
      (id) => tracker.track('$exposure', { flag: key, revision, variant, reason, rule }, { user, id }),
      (error) => fail('internal', error),
    );
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
  const get = <T>(key: string, fallback: T): T => details(key, fallback).value;

  const stored = parse(store.get(KEY));
  if (isObject(stored) && stored.body) {
    const whose = answeredFor();
    // What only others can answer was answered for one user and their attributes.
    const remote = stored.of === JSON.stringify(whose) ? stored.remote : {};
    state = taking(state, { ...stored, ...whose, remote: (remote || {}) as State['remote'] });
  }
  const { bootstrap } = core.options;
  if (bootstrap) state = taking(state, { body: bootstrap, user: core.user, tag: null });

  return {
    subscribe,
    get version() {
      return versionOf(state);
    },
    ready: env.window ? refresh() : Promise.resolve(coming).then(() => {}),
    isEnabled: (key, fallback = false) => get(key, fallback),
    get,
    details,
    setAttributes(next) {
      core.attributes = plain(next, (error) => fail('invalid_attributes', error));
      return refresh();
    },
    refresh,
    changed(revision) {
      if (revision <= versionOf(state)) return;
      least = Math.max(least, revision);
      announced =
        announced ||
        env.setTimeout(() => {
          announced = null;
          void refresh();
        }, core.jitter(JITTER_MS));
    },
    factsChanged,
    refreshOld() {
      if (env.now() - state.at > OLD_MS) void refresh();
    },
    close: () => [timer, announced, looking].forEach((one) => env.clearTimeout(one)),
  };
}
