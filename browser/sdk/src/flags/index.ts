// Definitions made ready to be asked: the short form, and its hash.

export interface Result {
  value: unknown;
  variant: string | null;
  reason: string;
  rule?: string;
}

export interface Snapshot {
  readonly version: number;
  /** Keys that only the node can answer. */
  readonly remote: ReadonlySet<string>;
  /** Never throws. */
  evaluate(key: string, userId: string | null, attributes?: Record<string, unknown>): Result;
}

interface Definition {
  key: string;
  enabled: boolean;
  rollout_percentage: number;
  target_users?: string[];
}

const result = (value: boolean, reason: string): Result => ({ value, variant: value ? 'on' : 'off', reason });

function bucket(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) | 0;
  return Math.abs(hash) % 100;
}

/** Makes an answer of `GET /api/flags/definitions` ready; throws when it is none. */
export function prepare(definitions: unknown): Snapshot {
  const { version, flags, remote } = definitions as {
    version: number;
    flags: Definition[];
    remote?: string[];
  };
  const byKey = new Map(flags.map((flag) => [flag.key, flag]));
  return {
    version,
    remote: new Set(remote),
    evaluate(key, user) {
      const flag = byKey.get(key);
      if (!flag) return { value: false, variant: null, reason: 'FLAG_NOT_FOUND' };
      if (!flag.enabled) return result(false, 'DISABLED');
      if (user !== null && flag.target_users && flag.target_users.includes(user))
        return result(true, 'TARGETING_MATCH');
      if (flag.rollout_percentage <= 0) return result(false, 'STATIC');
      if (flag.rollout_percentage >= 100) return result(true, 'STATIC');
      if (user === null) return result(false, 'TARGETING_KEY_MISSING');
      return result(bucket(user + key) < flag.rollout_percentage, 'SPLIT');
    },
  };
}
