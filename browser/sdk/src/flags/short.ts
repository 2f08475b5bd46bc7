// Flags that need nothing but a user: what a page answers at once, before it knows whether it needs the evaluator.
import { isObject } from '../json.ts';
import { murmurBuckets, ROLLOUT, seedBuckets } from './buckets.ts';
import type { Definitions, FlagForm } from './definitions.ts';
import type { Decision, Reason, Snapshot } from './evaluator.ts';

export interface ShortSnapshot extends Snapshot {
  /** Keys of the flags that say more than is understood here; they are among the remote ones too. */
  readonly longer: readonly string[];
}

/** All that a flag may say here; whatever else it says is for the evaluator. */
const WORDS =
  /^(key|enabled|revision|evaluation|rollout_percentage|target_users|bucketing|salt|variants|on|off)$/;

/** Gives the answer of a flag for a user; null when it takes more than this to answer. */
function understood(form: FlagForm): ((user: string | null) => Decision) | null {
  const { key, enabled, rollout_percentage: share = 0, bucketing = 'seed' } = form;
  const { salt = key, variants = {}, on = 'on', off = 'off', target_users: users } = form;
  const seed = bucketing === 'seed';
  const named = users ?? [];
  if (
    !Object.keys(form).every((word) => WORDS.test(word)) ||
    ![salt, on, off].every((text) => typeof text === 'string') ||
    typeof share !== 'number' ||
    !(share >= 0 && share <= 100) ||
    !(seed || bucketing === 'murmur3') ||
    !Array.isArray(named) ||
    !isObject(variants)
  )
    return null;
  const bucketOf = seed ? seedBuckets(key) : murmurBuckets(salt, ROLLOUT);
  const limit = seed ? share : Math.round(share * 1_000);
  const decided = (variant: string, reason: Reason): Decision => ({
    value: (Object.hasOwn(variants, variant) ? variants[variant] : null) ?? variant === 'on',
    variant,
    reason,
  });
  return (user) => {
    if (!enabled) return decided(off, 'DISABLED');
    if (user !== null && named.includes(user)) return decided(on, 'TARGETING_MATCH');
    if (!share || share === 100) return decided(share ? on : off, 'STATIC');
    if (user === null) return decided(off, 'TARGETING_KEY_MISSING');
    return decided(bucketOf(user) < limit ? on : off, 'SPLIT');
  };
}

/**
 * Makes definitions ready to be asked as far as that is possible without the evaluator; the answers are the same.
 *
 * @throws when they cannot be read at all
 */
export function prepareShort({ version, flags, targeted, remote }: Definitions): ShortSnapshot {
  const known = new Map<string, (user: string | null) => Decision>();
  const longer: string[] = [];
  for (const form of [...flags, ...(targeted ?? [])]) {
    if (typeof form?.key !== 'string') continue;
    const answer = understood(form);
    if (answer) known.set(form.key, answer);
    else longer.push(form.key);
  }
  return {
    version,
    longer,
    remote: new Set([...(remote ?? []), ...longer]),
    evaluate: (key, user) =>
      known.get(key)?.(user) ?? { value: false, variant: null, reason: 'FLAG_NOT_FOUND' },
  };
}
