// The flag evaluator: the same answers as the server's, in the page, without asking anyone.
import { all, attribute, list, own, USER, type Attributes, type Fits } from './conditions.ts';
import { HOLDOUT, murmurBuckets, ROLLOUT, seedBuckets, VARIANT } from './buckets.ts';
import type { Definitions, FlagForm, HoldoutForm, SegmentForm, Split } from './definitions.ts';

/** Why an answer is what it is; the first seven in OpenFeature's words. */
export type Reason =
  | 'STATIC'
  | 'TARGETING_MATCH'
  | 'SPLIT'
  | 'DISABLED'
  | 'DEFAULT'
  | 'TARGETING_KEY_MISSING'
  | 'FLAG_NOT_FOUND'
  | 'RULE_EXCLUDED'
  | 'PREREQUISITE_FAILED'
  | 'HOLDOUT'
  /** Of the server only: what it knows of the user decides and could not be read. */
  | 'FACTS_UNAVAILABLE';

/** Answer of a flag; the same object each time, not to be changed. */
export interface Decision {
  /** Boolean, text, number, list or object; false when there is no such flag. */
  readonly value: unknown;
  /** Null when there is no such flag. */
  readonly variant: string | null;
  readonly reason: Reason;
  /** What decided: key of the rule, the prerequisite or the holdout. */
  readonly rule?: string;
}

/** All flags of one revision, immutable. */
export interface Snapshot {
  /** Revision of the definitions, 0 before the first. */
  readonly version: number;
  /** Keys of the flags to ask the server for; here they answer FLAG_NOT_FOUND. */
  readonly remote: ReadonlySet<string>;
  /**
   * The answer of a flag for a user, never an error. Definitions that were narrowed to a user are right for that
   * user only.
   *
   * @param userId null when there is none; a flag that depends on it says so in its reason
   * @param attributes what is known of the user; what cannot be read counts as absent
   */
  evaluate(key: string, userId: string | null, attributes?: Attributes): Decision;
}

/** Makes definitions ready to be asked, never an error. */
export type Prepare = (definitions: Definitions) => Snapshot;

/** @param met answers of flags that this question has met: one to which many ways lead is asked once. */
type Evaluation = (user: string | null, attributes: Attributes, met?: Map<string, Decision>) => Decision;

/** A range of buckets, half-open, and its answer. */
type Range = readonly [from: number, to: number, decision: Decision];

const NOTHING: Attributes = {};
const UNKNOWN: Decision = Object.freeze({ value: false, variant: null, reason: 'FLAG_NOT_FOUND' });
const ALL = 100;
/** From here on a number is written with more digits than a whole number of the server has. */
const WHOLE = 2 ** 63;

/** A percentage in thousandths. */
function thousandths(value: number): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= ALL)) throw TypeError();
  return Math.round(value * 1_000);
}

/**
 * Makes a flag ready to be asked. Every answer that it can give is made beforehand, so that a question allocates
 * nothing unless other flags must come first. Order: disabled, prerequisites, named users, holdout, rules, rollout.
 *
 * @param flags the flags that must come first, when they are asked
 * @param cyclic whether it leads back to itself; it then always fails
 * @throws when the form says something that is not known here
 */
function prepared(
  form: FlagForm,
  flags: ReadonlyMap<string, Evaluation>,
  cyclic: boolean,
  segments: ReadonlyMap<string, SegmentForm>,
  holdouts: ReadonlyMap<string, HoldoutForm>,
): Evaluation {
  const { key, enabled, bucketing = 'seed', salt = key, bucket_by = USER, on = 'on', off = 'off' } = form;
  const seed = bucketing === 'seed';
  if (!seed && bucketing !== 'murmur3') throw TypeError();
  const rolloutBuckets = seed ? seedBuckets(key) : murmurBuckets(salt, ROLLOUT);
  const variantBuckets = murmurBuckets(salt, VARIANT);

  const decided = (variant: string, reason: Reason, rule?: string): Decision => {
    if (typeof variant !== 'string') throw TypeError();
    const value = own(form.variants, variant) ?? variant === 'on';
    return Object.freeze(rule === undefined ? { value, variant, reason } : { value, variant, reason, rule });
  };

  const readUnit = attribute(bucket_by);
  const unitOf = (user: string | null, attributes: Attributes): string | null => {
    const value = readUnit(user, attributes);
    return typeof value === 'string'
      ? value || bucket_by === USER
        ? value
        : null
      : Number.isInteger(value) && Math.abs(value as number) < WHOLE
        ? String(value)
        : null;
  };

  /** What those get whom a percentage reaches, and what the others get. */
  const shared = (
    share: number,
    variant: string | null,
    split: Split | undefined,
    whole: Reason,
    missed: Reason,
    rule?: string,
  ): Evaluation => {
    const parts = thousandths(share);
    const limit = seed ? share : parts;
    const excluded = decided(off, missed, rule);
    const unassigned = decided(off, 'SPLIT', rule);
    const ranges = list(split).map(({ variant: name, from = 0, to = ALL }): Range => [
      thousandths(from),
      thousandths(to),
      decided(name, 'SPLIT', rule),
    ]);
    const fixed =
      variant === null || ranges.length ? undefined : decided(variant, share < ALL ? 'SPLIT' : whole, rule);
    return (user, attributes) => {
      if (share <= 0) return excluded;
      if (share >= ALL && fixed) return fixed;
      const unit = unitOf(user, attributes);
      if (unit === null) return keyMissing;
      if (share < ALL && rolloutBuckets(unit) >= limit) return excluded;
      if (fixed) return fixed;
      const bucket = variantBuckets(unit);
      for (const range of ranges) if (bucket >= range[0] && bucket < range[1]) return range[2];
      return unassigned;
    };
  };

  const disabled = decided(off, 'DISABLED');
  const keyMissing = decided(off, 'TARGETING_KEY_MISSING');
  const needed = list(form.prerequisites).map(
    ({ flag, variants = ['on'] }) =>
      [cyclic ? '' : flag, list(variants), decided(off, 'PREREQUISITE_FAILED', flag)] as const,
  );

  const named = new Map<string, Decision>();
  for (const { variant, users } of [...list(form.targets), { variant: on, users: form.target_users }]) {
    const decision = decided(variant, 'TARGETING_MATCH');
    for (const user of list(users)) if (!named.has(user)) named.set(user, decision);
  }

  const held = holdouts.get(form.holdout!);
  const heldOut = decided(off, 'HOLDOUT', form.holdout);
  const heldBuckets = held && murmurBuckets(held.key, HOLDOUT);
  const heldLimit = held && thousandths(held.percentage ?? 0);

  const rules = list(form.rules).map(
    ({
      key: name,
      if: conditions,
      rollout_percentage = ALL,
      split,
      variant = 'on',
    }): readonly [Fits, Evaluation] => [
      all(conditions, segments),
      shared(rollout_percentage, split ? null : variant, split, 'TARGETING_MATCH', 'RULE_EXCLUDED', name),
    ],
  );
  const { rollout_percentage = 0 } = form;
  const whole = rules.length ? 'DEFAULT' : 'STATIC';
  const rollout = shared(rollout_percentage, on, form.split, whole, rollout_percentage > 0 ? 'SPLIT' : whole);

  return (user, attributes, met) => {
    if (!enabled) return disabled;
    for (const [flag, variants, failed] of needed) {
      const needs = flags.get(flag);
      met = met || new Map<string, Decision>();
      const answer = met.get(flag) || (needs && needs(user, attributes, met));
      if (!answer || !variants.includes(answer.variant!)) return failed;
      met.set(flag, answer);
    }
    const decision = user !== null && named.get(user);
    if (decision) return decision;
    if (heldBuckets) {
      const unit = unitOf(user, attributes);
      if (unit !== null && heldBuckets(unit) < heldLimit!) return heldOut;
    }
    for (const [fits, decide] of rules) if (fits(user, attributes)) return decide(user, attributes);
    return rollout(user, attributes);
  };
}

function byKey<T extends { readonly key: string }>(forms: readonly T[]): Map<string, T> {
  const map = new Map<string, T>();
  for (const form of forms) if (form && typeof form.key === 'string') map.set(form.key, form);
  return map;
}

/**
 * Makes definitions ready to be asked, never an error: a flag that says something that is not known here, an operator
 * of a later version for example, and what depends on it, is among the remote ones.
 */
export function prepare(definitions: Definitions): Snapshot {
  const flags = new Map<string, Evaluation>();
  let remote = new Set<string>();
  let version = 0;
  try {
    version = +definitions.version || 0;
    remote = new Set(list(definitions.remote));
    const forms = byKey([...list(definitions.flags), ...list(definitions.targeted)]);
    const segments = byKey(list(definitions.segments));
    const holdouts = byKey(list(definitions.holdouts));
    // What needs only flags that are settled is settled; what is never settled leads back to itself.
    let open = [...forms.keys()];
    for (let cyclic = false; open.length;) {
      const before = open.length;
      open = open.filter((key) => {
        try {
          const form = forms.get(key)!;
          for (const { flag } of list(form.prerequisites)) {
            if (remote.has(flag)) throw TypeError();
            if (!cyclic && forms.has(flag) && !flags.has(flag)) return true;
          }
          flags.set(key, prepared(form, flags, cyclic, segments, holdouts));
        } catch {
          remote.add(key);
        }
        return false;
      });
      cyclic = open.length === before;
    }
  } catch {
    // What cannot be read at all is not there.
  }
  function evaluate(key: string, userId: string | null, attributes: Attributes = NOTHING): Decision {
    const flag = flags.get(key);
    if (!flag) return UNKNOWN;
    try {
      return flag(typeof userId === 'string' ? userId : null, attributes);
    } catch {
      // Attributes that cannot be read; without any, a chain of prerequisites that is longer than the stack.
      return attributes === NOTHING ? UNKNOWN : evaluate(key, userId);
    }
  }
  return { version, remote, evaluate };
}
