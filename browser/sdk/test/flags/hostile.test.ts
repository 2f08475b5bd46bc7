// Whatever the definitions and the attributes are: an answer, never an error.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepare, type Definitions, type Snapshot } from '../../src/flags/index.ts';
import { chance, pick, text } from './chance.ts';

const REASONS = new Set([
  'STATIC',
  'TARGETING_MATCH',
  'SPLIT',
  'DISABLED',
  'DEFAULT',
  'TARGETING_KEY_MISSING',
  'FLAG_NOT_FOUND',
  'RULE_EXCLUDED',
  'PREREQUISITE_FAILED',
  'HOLDOUT',
]);

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const throwing = () =>
  new Proxy(
    {},
    {
      get: () => {
        throw new Error('get');
      },
      has: () => {
        throw new Error('has');
      },
      ownKeys: () => {
        throw new Error('ownKeys');
      },
    },
  );
const cyclic = () => {
  const object: Record<string, unknown> = {};
  object['a'] = object;
  return object;
};

function answers(snapshot: Snapshot, keys: readonly string[], user: unknown, attributes: unknown): void {
  for (const key of keys) {
    const decision = snapshot.evaluate(key, user as string, attributes as Record<string, unknown>);
    assert.ok(REASONS.has(decision.reason), decision.reason);
    assert.ok(decision.variant !== null || decision.reason === 'FLAG_NOT_FOUND');
  }
}

const STRANGE: (() => unknown)[] = [
  () => undefined,
  () => null,
  () => NaN,
  () => -1,
  () => 1e308,
  () => 1n,
  () => '',
  () => '__proto__',
  () => Symbol('s'),
  () => () => 1,
  () => [],
  () => [[]],
  () => [null],
  () => ({}),
  () => Object.create(null) as unknown,
  () => new Map(),
  () => new Date(NaN),
  cyclic,
  revoked,
  throwing,
  () => ({ valueOf: () => assert.fail(), toString: () => assert.fail() }),
  () => new Array(1_000).fill({ key: 'a' }),
];

test('definitions of any kind are taken', () => {
  for (const strange of STRANGE) {
    answers(prepare(strange() as Definitions), ['a', '__proto__'], 'u', {});
    for (const field of ['version', 'flags', 'targeted', 'segments', 'holdouts', 'remote']) {
      const definitions = { version: 1, flags: [{ key: 'a', enabled: true }], [field]: strange() };
      answers(prepare(definitions as unknown as Definitions), ['a', 'b'], 'u', {});
    }
  }
});

test('users and attributes of any kind are taken', () => {
  const snapshot = prepare({
    version: 1,
    flags: [
      {
        key: 'a',
        enabled: true,
        rollout_percentage: 50,
        bucket_by: 'org.id',
        rules: ['in', 'not_in', 'contains', 'lt', 'semver_gt', 'before', 'exists'].map((operator) => ({
          key: operator,
          rollout_percentage: 50,
          if: ['x', 'x.y', 'user_id'].map((attribute) => ({ attribute, operator, values: ['1.0.0'] })),
        })),
      },
      { key: 'b', enabled: true, rollout_percentage: 50 },
    ],
  });
  assert.equal(snapshot.remote.size, 0);
  for (const strange of STRANGE) {
    for (const user of STRANGE) answers(snapshot, ['a', 'b'], user(), strange());
    for (const name of ['x', 'org', 'x.y']) answers(snapshot, ['a', 'b'], 'u', { [name]: strange() });
    answers(snapshot, ['a', 'b'], 'u', { x: [strange(), strange()], org: { id: strange() } });
  }
});

test('attributes that cannot be read count as absent', () => {
  const snapshot = prepare({
    version: 1,
    flags: [
      { key: 'a', enabled: true, rules: [{ key: 'r', if: [{ attribute: 'x', operator: 'not_exists' }] }] },
    ],
  });
  const attributes = {
    get x(): string {
      throw new Error('not now');
    },
  };
  assert.equal(snapshot.evaluate('a', 'u', attributes).rule, 'r');
});

test('a chain of prerequisites that is longer than the stack is an answer', () => {
  const flags = Array.from({ length: 12_000 }, (_, i) => ({
    key: `f${i}`,
    enabled: true,
    rollout_percentage: 100,
    ...(i ? { prerequisites: [{ flag: `f${i - 1}` }] } : {}),
  }));
  answers(prepare({ version: 1, flags }), ['f0', 'f100', 'f11999'], 'u', {});
});

test('texts that are built to be slow are answered at once', () => {
  const rules = ['semver_gt', 'after'].map((operator) => ({
    key: operator,
    if: [{ attribute: 'x', operator, values: ['1.0.0'] }],
  }));
  const snapshot = prepare({ version: 1, flags: [{ key: 'a', enabled: true, rules }] });
  const begin = performance.now();
  for (const x of [
    '1.0.0-' + 'a.'.repeat(1e6),
    '1.0.0-' + '-'.repeat(1e6) + '!',
    '9'.repeat(1e6),
    '-'.repeat(39),
  ]) {
    answers(snapshot, ['a'], 'u', { x });
  }
  assert.ok(performance.now() - begin < 1_000);
});

const KEYS = ['a', 'b', 'c', '__proto__', 'constructor'];
const OPERATORS = [
  'in',
  'not_in',
  'starts_with',
  'ends_with',
  'contains',
  'lt',
  'lte',
  'gt',
  'gte',
  'semver_eq',
];
OPERATORS.push('semver_lt', 'semver_gte', 'before', 'after', 'exists', 'not_exists', 'unknown');

test('5,000 definitions of chance give an answer, the same one again, and never a half one', () => {
  const random = chance(21);
  const value = (depth = 0): unknown => {
    switch (random(depth > 2 ? 6 : 9)) {
      case 0:
        return text(random);
      case 1:
        return random(200) - 50;
      case 2:
        return random(1_000) / 7;
      case 3:
        return random(2) === 0;
      case 4:
        return pick(random, STRANGE)();
      case 5:
        return pick(random, ['1.0.0', '2026-01-31', '1.0.0-rc.1', ...KEYS]);
      case 6:
        return Array.from({ length: random(4) }, () => value(depth + 1));
      default:
        return Object.fromEntries(
          Array.from({ length: random(4) }, () => [pick(random, KEYS), value(depth + 1)]),
        );
    }
  };
  const sane = <T>(make: () => T): unknown => (random(12) ? make() : value());
  const many = <T>(most: number, make: () => T) =>
    sane(() => Array.from({ length: random(most + 1) }, () => sane(make)));
  const key = () => pick(random, KEYS);
  const condition = () =>
    random(4)
      ? {
          attribute: key(),
          operator: pick(random, OPERATORS),
          values: many(3, value),
          not: sane(() => random(2) > 0),
        }
      : { segment: key(), not: random(2) > 0 };
  const percentage = () => sane(() => pick(random, [0, 0.5, 50, 100]));
  const flag = () => ({
    key: sane(key),
    enabled: random(10) > 0,
    rollout_percentage: percentage(),
    bucketing: sane(() => pick(random, ['seed', 'murmur3'])),
    bucket_by: sane(() => pick(random, ['user_id', 'a', 'a.b'])),
    on: sane(key),
    variants: sane(() => ({ a: 1, b: 2, off: 0 })),
    split: random(3)
      ? undefined
      : sane(() => [
          { variant: 'a', to: 50 },
          { variant: key(), from: 50, to: 75 },
        ]),
    targets: many(2, () => ({ variant: key(), users: many(2, key) })),
    rules: many(3, () => ({ key: key(), if: many(3, condition), rollout_percentage: percentage() })),
    prerequisites: random(4) ? [] : many(2, () => ({ flag: key(), variants: many(2, key) })),
    holdout: random(4) ? undefined : sane(key),
  });
  let known = 0;
  for (let i = 0; i < 5_000; i++) {
    const snapshot = prepare({
      version: i,
      flags: many(3, flag),
      targeted: many(2, flag),
      segments: many(2, () => ({ key: key(), if: many(2, condition) })),
      holdouts: many(2, () => ({ key: key(), percentage: percentage() })),
    } as unknown as Definitions);
    const attributes = sane(() => ({ a: value(), b: value(), c: value() })) as Record<string, unknown>;
    const user = sane(() => text(random));
    answers(snapshot, KEYS, user, attributes);
    for (const each of KEYS) {
      const decision = snapshot.evaluate(each, user as string, attributes);
      assert.equal(snapshot.evaluate(each, user as string, attributes), decision);
      if (decision.reason !== 'FLAG_NOT_FOUND') known++;
    }
  }
  assert.ok(known > 1_500, `${known} answers of flags`);
});
