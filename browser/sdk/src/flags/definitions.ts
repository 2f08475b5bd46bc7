// Flags as GET /api/flags/definitions says them.

export interface Definitions {
  /** Revision of the definitions; grows with each change. */
  readonly version: number;
  /** Flags in the short form: a boolean with a rollout. */
  readonly flags: readonly FlagForm[];
  /** Flags in the long form. */
  readonly targeted?: readonly FlagForm[];
  /** What conditions name. */
  readonly segments?: readonly SegmentForm[];
  /** What flags name. */
  readonly holdouts?: readonly HoldoutForm[];
  /** Keys of the flags that only the server can evaluate. */
  readonly remote?: readonly string[];
}

export interface FlagForm {
  readonly key: string;
  readonly enabled: boolean;
  /** Revision of the definitions since which the flag itself is as it is. */
  readonly revision?: number;
  /** Share of those whom no rule concerns, 0 to 100. */
  readonly rollout_percentage?: number;
  /** Users that get `on` whatever the rollout. */
  readonly target_users?: readonly string[];
  readonly bucketing?: 'seed' | 'murmur3';
  /** Goes into murmur3 buckets; the key when absent. */
  readonly salt?: string;
  /** Attribute whose value is put into buckets; the user when absent. */
  readonly bucket_by?: string;
  /** Value of each variant; `on` is true and `off` is false when absent. */
  readonly variants?: Readonly<Record<string, unknown>>;
  readonly on?: string;
  readonly off?: string;
  readonly split?: Split;
  readonly targets?: readonly { readonly variant: string; readonly users: readonly string[] }[];
  readonly rules?: readonly RuleForm[];
  readonly prerequisites?: readonly { readonly flag: string; readonly variants?: readonly string[] }[];
  readonly holdout?: string;
}

/** Ranges of percentages, 0 to 100. */
export type Split = readonly { readonly variant: string; readonly from?: number; readonly to?: number }[];

export interface RuleForm {
  readonly key: string;
  /** All must fit. */
  readonly if?: readonly ConditionForm[];
  readonly rollout_percentage?: number;
  readonly variant?: string;
  readonly split?: Split;
}

export interface ConditionForm {
  readonly attribute?: string;
  readonly operator?: string;
  readonly values?: readonly unknown[];
  readonly segment?: string;
  readonly not?: boolean;
}

export interface SegmentForm {
  readonly key: string;
  readonly if?: readonly ConditionForm[];
}

export interface HoldoutForm {
  readonly key: string;
  readonly percentage?: number;
}
