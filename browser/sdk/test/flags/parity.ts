// The flags and contexts by which the evaluators are compared, and the digest of the server's answers.
import { readFileSync } from 'node:fs';
import type { FlagForm, HoldoutForm, SegmentForm } from '../../src/flags/index.ts';
import type { Context } from './answers.ts';

export interface Parity {
  /** The member `flags` of `growth.json`. */
  flags: { definitions: FlagForm[]; segments: SegmentForm[]; holdouts: HoldoutForm[] };
  contexts: Context[];
  pairs: number;
  digest: string;
}

export function readParity(): Parity {
  const file = new URL('../../../../shared/src/test/resources/golden/flag-parity.jsonl', import.meta.url);
  const [first, ...rest] = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as unknown);
  const { pairs, digest } = rest.pop() as { pairs: number; digest: string };
  return { flags: (first as Parity).flags, contexts: rest as Context[], pairs, digest };
}

/** What the configuration says of a split as the server gives it: shares one after the other are ranges. */
function laid<T extends { readonly split?: unknown }>(of: T): T {
  if (!of.split || Array.isArray(of.split)) return of;
  let end = 0;
  const shares = Object.entries(of.split as Record<string, number>);
  return { ...of, split: shares.map(([variant, share]) => ({ variant, from: end, to: (end += share) })) };
}

/** A flag of the configuration as the server gives it. */
export function ranged(form: FlagForm): FlagForm {
  const flag = laid(form);
  return flag.rules ? { ...flag, rules: flag.rules.map(laid) } : flag;
}
