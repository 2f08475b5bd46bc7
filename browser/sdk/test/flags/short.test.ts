// What a page answers before the evaluator is there is what the evaluator answers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { prepare, type Definitions, type FlagForm } from '../../src/flags/index.ts';
import { prepareShort } from '../../src/flags/short.ts';
import { chance, pick } from './chance.ts';

const golden = <T>(name: string): T =>
  JSON.parse(
    readFileSync(new URL(`../../../../shared/src/test/resources/golden/${name}`, import.meta.url), 'utf8'),
  ) as T;

const on = (key: string, more: object = {}): FlagForm => ({
  key,
  enabled: true,
  rollout_percentage: 100,
  ...more,
});

test('every golden answer that is given without the evaluator is right, and only what needs it is left to it', () => {
  const { flags, contexts } = golden<{
    flags: { definitions: FlagForm[] };
    contexts: { user: string | null; answers: Record<string, [string | null, string, string | null]> }[];
  }>('flag-vectors.json');
  const { definitions } = flags;
  const snapshot = prepareShort({ version: 3, flags: [], targeted: definitions });
  const needs = ({ rules, split, targets, prerequisites, holdout, bucket_by }: FlagForm) =>
    [rules, split, targets, prerequisites, holdout, bucket_by].some((part) => part !== undefined);
  assert.deepEqual(
    snapshot.longer,
    definitions.filter(needs).map(({ key }) => key),
  );
  let answered = 0;
  for (const { user, answers } of contexts) {
    for (const [key, [variant, reason, rule]] of Object.entries(answers)) {
      if (snapshot.remote.has(key)) continue;
      const found = snapshot.evaluate(key, user);
      assert.deepEqual([found.variant, found.reason, null], [variant, reason, rule], `${key} for ${user}`);
      answered++;
    }
  }
  assert.ok(answered > 100, String(answered));
});

test('every pair of user and key of the short form falls as the evaluator says', () => {
  const { seed } = golden<{ seed: { user: string; key: string; bucket: number }[] }>('flag-buckets.json');
  for (const { user, key, bucket } of seed) {
    for (const [rollout_percentage, value] of [
      [bucket, false],
      [bucket + 1, true],
    ] as const) {
      const { evaluate } = prepareShort({ version: 1, flags: [on(key, { rollout_percentage })] });
      assert.equal(evaluate(key, user).value, value, `${user} ${key}`);
    }
  }
});

test('whatever a flag says, it is answered as by the evaluator or left to it', () => {
  const seed = 20_261_125;
  const random = chance(seed);
  const odd = [undefined, null, '', 'x', 0, 1, NaN, true, [], {}, ['ada'], { on: 1 }, 'on', '__proto__'];
  const words: Record<string, unknown[]> = {
    enabled: [true, true, false],
    rollout_percentage: [0, 0.001, 12.345, 33, 50, 99.999, 100, -1, 101, '50'],
    target_users: [['ada', 'bob'], [], [1, null]],
    bucketing: ['seed', 'murmur3', 'md5'],
    salt: ['s', 'longer salt'],
    variants: [
      { on: 'blue', off: 'red' },
      { on: null, a: { deep: [1] } },
    ],
    on: ['on', 'a'],
    off: ['off', 'a', 'constructor'],
    rules: [[], [{ key: 'r', if: [] }]],
    split: [[{ variant: 'a', from: 0, to: 50 }]],
    later: [1],
  };
  let answered = 0;
  for (let i = 0; i < 5_000; i++) {
    const form: Record<string, unknown> = { key: 'f', enabled: true };
    for (const [word, values] of Object.entries(words)) {
      if (random(10) < 4) form[word] = pick(random, random(10) < 1 ? odd : values);
    }
    const definitions = { version: i, flags: [form] } as unknown as Definitions;
    const short = prepareShort(definitions);
    if (short.remote.has('f')) continue;
    answered++;
    const whole = prepare(definitions);
    for (const user of [null, '', 'ada', 'eve', 'ü\ud800']) {
      assert.deepEqual(
        short.evaluate('f', user),
        whole.remote.has('f') ? 'left to the node' : whole.evaluate('f', user),
        `seed ${seed}: ${JSON.stringify(form)} for ${user}`,
      );
    }
  }
  assert.ok(answered > 500, String(answered));
});

test('what is no flag is passed over, what is no list is refused', () => {
  const odd = [null, 1, 'x', [], {}, { key: 7 }, on('a')] as unknown as FlagForm[];
  const { evaluate, longer } = prepareShort({ version: 1, flags: odd });
  assert.equal(evaluate('a', null).value, true);
  assert.deepEqual(longer, []);
  for (const key of ['', '7', '__proto__', 'constructor']) {
    assert.deepEqual(evaluate(key, 'u'), { value: false, variant: null, reason: 'FLAG_NOT_FOUND' });
  }
  assert.throws(() => prepareShort({ version: 1, flags: {} } as unknown as Definitions));
});
