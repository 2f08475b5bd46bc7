import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUCKETS, murmurBuckets, ROLLOUT, seedBuckets } from '../../src/flags/buckets.ts';
import { prepare } from '../../src/flags/index.ts';
import { FlagEvaluator } from '../../../seed/src/flags/evaluator.ts';
import { chance, text } from './chance.ts';

/** murmur3 x86-32 as its description has it, over bytes and in numbers without bounds. */
function murmur3(bytes: Uint8Array, seed: number): number {
  const MASK = 0xffff_ffffn;
  const rotated = (x: bigint, n: bigint) => ((x << n) | (x >> (32n - n))) & MASK;
  const scrambled = (block: bigint) => (rotated((block * 0xcc9e2d51n) & MASK, 15n) * 0x1b873593n) & MASK;
  let hash = BigInt(seed);
  let block = 0n;
  bytes.forEach((byte, i) => {
    block |= BigInt(byte) << BigInt(8 * (i % 4));
    if (i % 4 === 3) {
      hash = (rotated(hash ^ scrambled(block), 13n) * 5n + 0xe6546b64n) & MASK;
      block = 0n;
    }
  });
  hash ^= scrambled(block) ^ BigInt(bytes.length);
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & MASK;
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & MASK;
  return Number(hash ^ (hash >> 16n));
}

test('murmur3 buckets are those of the bytes that TextEncoder writes', () => {
  const random = chance(11);
  const encoder = new TextEncoder();
  for (let i = 0; i < 5_000; i++) {
    const salt = text(random);
    const unit = text(random);
    const seed = random(2 ** 31);
    const hash = murmur3(encoder.encode(`${salt}:${unit}`), seed);
    assert.equal(
      murmurBuckets(salt, seed)(unit),
      Math.floor((hash * BUCKETS) / 2 ** 32),
      JSON.stringify({ salt, unit, seed }),
    );
  }
});

test('one bucketing gives the same bucket again after any other unit', () => {
  const random = chance(12);
  for (const buckets of [murmurBuckets('größe', ROLLOUT), seedBuckets('größe')]) {
    const first = buckets('polygene');
    for (let i = 0; i < 1_000; i++) buckets(text(random));
    assert.equal(buckets('polygene'), first);
  }
});

test('the short form answers as the code that it comes from', () => {
  const random = chance(13);
  const evaluator = new FlagEvaluator();
  for (let i = 0; i < 5_000; i++) {
    const flag = {
      key: text(random),
      enabled: random(8) > 0,
      rollout_percentage: random(2) ? random(101) : random(100_001) / 1_000,
      target_users: random(4) ? [] : ['a', 'é'],
    };
    const user = text(random);
    evaluator.load([flag]);
    assert.equal(
      prepare({ version: 1, flags: [flag] }).evaluate(flag.key, user).value,
      evaluator.isFeatureEnabled(flag.key, user),
      JSON.stringify({ flag, user }),
    );
  }
});

test('a unit of 10 KB has a bucket', () => {
  for (const unit of ['a'.repeat(10_240), '😀'.repeat(2_560), '\ud800'.repeat(5_120)]) {
    for (const buckets of [murmurBuckets('salt', ROLLOUT), seedBuckets('salt')]) {
      assert.ok(buckets(unit) >= 0 && buckets(unit) < BUCKETS);
    }
  }
});

test('raising a percentage removes nobody', () => {
  const random = chance(14);
  for (const bucketing of ['seed', 'murmur3'] as const) {
    const users = Array.from({ length: 300 }, () => text(random));
    let before = new Set<string>();
    for (const rollout_percentage of [0, 0.001, 1, 12.5, 33.333, 50, 99.999, 100]) {
      const snapshot = prepare({
        version: 1,
        flags: [{ key: 'f', enabled: true, rollout_percentage, bucketing }],
      });
      const now = new Set(users.filter((user) => snapshot.evaluate('f', user).value));
      assert.ok([...before].every((user) => now.has(user)));
      before = now;
    }
    assert.equal(before.size, new Set(users).size);
  }
});

test('keys of one length reach half of each other’s users under murmur3', () => {
  const [one, other] = ['exp_one', 'exp_two'].map((key) => murmurBuckets(key, ROLLOUT));
  let both = 0;
  for (let i = 0; i < 100_000; i++) if (one!(`user-${i}`) < 50_000 && other!(`user-${i}`) < 50_000) both++;
  assert.ok(Math.abs(both / 50_000 - 0.5) < 0.01, `${both}`);
});
