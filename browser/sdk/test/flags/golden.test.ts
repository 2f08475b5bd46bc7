// Holds the evaluator against answers that were computed independently of it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { HOLDOUT, murmurBuckets, ROLLOUT, seedBuckets, VARIANT } from '../../src/flags/buckets.ts';
import {
  prepare,
  type ConditionForm,
  type FlagForm,
  type HoldoutForm,
  type SegmentForm,
} from '../../src/flags/index.ts';
import { ranged } from './parity.ts';

interface Vectors {
  flags: { definitions: FlagForm[]; segments: SegmentForm[]; holdouts: HoldoutForm[] };
  million: string;
  buckets: { salt: string; unit: string; rollout: number; variant: number; holdout: number }[];
  contexts: {
    user: string | null;
    attributes: Record<string, unknown>;
    answers: Record<string, [variant: string | null, reason: string, rule: string | null]>;
  }[];
}

function golden<T>(name: string): T {
  const file = new URL(`../../../../shared/src/test/resources/golden/${name}`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

const vectors = golden<Vectors>('flag-vectors.json');

test('every unit falls into its murmur3 buckets', () => {
  assert.ok(vectors.buckets.length > 50);
  for (const { salt, unit, rollout, variant, holdout } of vectors.buckets) {
    assert.deepEqual(
      [ROLLOUT, VARIANT, HOLDOUT].map((seed) => murmurBuckets(salt, seed)(unit)),
      [rollout, variant, holdout],
      `${salt} ${unit.slice(0, 20)}`,
    );
  }
});

test('a million pairs of salt and unit fall into the same murmur3 buckets', () => {
  const salts = Array.from({ length: 1_000 }, (_, i) => murmurBuckets(`salt-${i}`, ROLLOUT));
  const buckets = Buffer.alloc(4_000_000);
  for (let i = 0; i < 1_000_000; i++) buckets.writeUInt32BE(salts[i % 1_000]!(`user-${i}`), 4 * i);

  assert.equal(createHash('sha256').update(buckets).digest('hex'), vectors.million);
});

test('every pair of user and key falls into its bucket of the short form', () => {
  const { seed } = golden<{ seed: { user: string; key: string; bucket: number }[] }>('flag-buckets.json');
  assert.ok(seed.length > 300);
  for (const { user, key, bucket } of seed) assert.equal(seedBuckets(key)(user), bucket, `${user} ${key}`);
});

test('every flag answers every context with value, variant, reason and rule', () => {
  const { definitions, segments, holdouts } = vectors.flags;
  const snapshot = prepare({ version: 3, flags: [], targeted: definitions.map(ranged), segments, holdouts });
  assert.equal(snapshot.version, 3);
  assert.equal(snapshot.remote.size, 0);
  let answered = 0;
  for (const { user, attributes, answers } of vectors.contexts) {
    for (const [key, [variant, reason, rule]] of Object.entries(answers)) {
      const variants = definitions.find((flag) => flag.key === key)?.variants;
      const value = variants ? variants[variant!] : variant === 'on';
      assert.deepEqual(
        snapshot.evaluate(key, user, attributes),
        { value, variant, reason, ...(rule === null ? {} : { rule }) },
        `${key} for ${user} with ${JSON.stringify(attributes)}`,
      );
      answered++;
    }
  }
  assert.ok(answered > 6_000);
});

const values = golden<{
  moments: [text: string, ms: number | null][];
  versions: string[][];
  no_versions: string[];
}>('flag-values.json');

/** Whether a condition on one attribute fits a value. */
function fits(operator: string, bound: unknown, value: unknown): boolean {
  const condition: ConditionForm = { attribute: 'a', operator, values: [bound] };
  const rules = [{ key: 'r', if: [condition] }];
  const snapshot = prepare({ version: 1, flags: [{ key: 'f', enabled: true, rules }] });
  return snapshot.evaluate('f', null, { a: value }).value === true;
}

test('every moment is read and nothing else', () => {
  assert.ok(values.moments.length > 50);
  for (const [text, ms] of values.moments) {
    const read = ms !== null && fits('after', ms, text) && fits('before', ms + 1, text);
    assert.equal(read, ms !== null, JSON.stringify(text));
    if (ms === null) assert.equal(fits('after', -8e15, text) || fits('before', 8e15, text), false, text);
  }
});

test('every version stands in its place', () => {
  values.versions.forEach((equal, i) => {
    values.versions.forEach((others, j) => {
      for (const [at, one] of equal.entries()) {
        // Of equal ones the first of the others is enough.
        for (const other of at ? others.slice(0, 1) : others) {
          assert.deepEqual(
            ['lt', 'lte', 'eq', 'gte', 'gt'].map((operator) => fits(`semver_${operator}`, other, one)),
            [i < j, i <= j, i === j, i >= j, i > j],
            `${one} and ${other}`,
          );
        }
      }
    });
  });
});

test('what is no version is none', () => {
  assert.ok(values.no_versions.length > 10);
  for (const text of values.no_versions) {
    assert.equal(fits('semver_gte', '0.0.0-0', text) || fits('semver_lt', '0.0.0-0', text), false, text);
  }
});
