import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepare, type Definitions, type FlagForm } from '../../src/flags/index.ts';

const on = (key: string, more: Partial<FlagForm> = {}): FlagForm => ({
  key,
  enabled: true,
  rollout_percentage: 100,
  ...more,
});

const one = (form: Partial<FlagForm>, more: Partial<Definitions> = {}) =>
  prepare({ version: 1, flags: [], targeted: [on('f', form)], ...more });

/** Whether a rule with one condition fits. */
function fits(condition: object, attributes: Record<string, unknown>, user: string | null = 'u'): boolean {
  const rules = [{ key: 'r', if: [condition] }];
  return one({ rollout_percentage: 0, rules }).evaluate('f', user, attributes).value === true;
}

test('a flag that is not there is off and says so', () => {
  const { evaluate } = one({});
  for (const key of ['', 'g', '__proto__', 'constructor', 'toString']) {
    assert.deepEqual(evaluate(key, 'u'), { value: false, variant: null, reason: 'FLAG_NOT_FOUND' });
  }
});

test('names of prototypes are keys, attributes, variants and users like others', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const form = JSON.parse(
      `{"key": "${name}", "enabled": true, "rollout_percentage": 0, "target_users": ["${name}"], "off": "x",
        "on": "${name}", "variants": {"${name}": 1, "x": 2},
        "rules": [{"key": "r", "variant": "${name}", "if": [{"attribute": "${name}"}, {"attribute": "a.${name}", "values": [7]}]},
                  {"key": "s", "variant": "${name}", "if": [{"attribute": "${name}", "operator": "exists"}]}]}`,
    ) as FlagForm;
    const { evaluate } = prepare({ version: 1, flags: [form] });
    assert.deepEqual(evaluate(name, name), { value: 1, variant: name, reason: 'TARGETING_MATCH' });
    assert.equal(evaluate(name, 'u', { a: {} }).reason, 'DEFAULT');
    assert.equal(evaluate(name, 'u', JSON.parse(`{"${name}": 5}`) as Record<string, unknown>).rule, 's');
    assert.equal(evaluate('valueOf', name).reason, 'FLAG_NOT_FOUND');
  }
});

test('a variant that is only on a prototype has no value of it', () => {
  assert.equal(one({ on: 'constructor', variants: { a: 1 } }).evaluate('f', 'u').value, false);
});

test('the order is: disabled, prerequisites, named users, holdout, rules, rollout', () => {
  const all: Partial<FlagForm> = {
    bucketing: 'murmur3',
    holdout: 'h',
    target_users: ['named'],
    rules: [{ key: 'r', if: [{ attribute: 'a', values: [1] }] }],
    prerequisites: [{ flag: 'needed' }],
  };
  const holdouts = [{ key: 'h', percentage: 100 }];
  const reason = (form: Partial<FlagForm>, needed: boolean, user: string, a: number, held = true) =>
    prepare({
      version: 1,
      flags: [on('needed', { enabled: needed }), on('f', { ...all, ...form })],
      holdouts: held ? holdouts : [],
    }).evaluate('f', user, { a }).reason;

  assert.equal(reason({ enabled: false }, false, 'named', 1), 'DISABLED');
  assert.equal(reason({}, false, 'named', 1), 'PREREQUISITE_FAILED');
  assert.equal(reason({}, true, 'named', 1), 'TARGETING_MATCH');
  assert.equal(reason({}, true, 'u', 1), 'HOLDOUT');
  assert.equal(reason({}, true, 'u', 1, false), 'TARGETING_MATCH');
  assert.equal(reason({}, true, 'u', 2, false), 'DEFAULT');
  assert.equal(reason({ rules: [] }, true, 'u', 2, false), 'STATIC');
  assert.equal(reason({ rules: [], rollout_percentage: 0.001 }, true, 'u', 2, false), 'SPLIT');
});

test('what depends on a unit that is missing says so, and what does not is answered', () => {
  const { evaluate } = prepare({
    version: 1,
    flags: [
      on('all'),
      on('half', { rollout_percentage: 50 }),
      on('split', { bucketing: 'murmur3', split: [{ variant: 'on' }] }),
      on('account', { rollout_percentage: 50, bucket_by: 'account.id', bucketing: 'murmur3' }),
    ],
  });
  assert.equal(evaluate('all', null).reason, 'STATIC');
  assert.equal(evaluate('half', null).reason, 'TARGETING_KEY_MISSING');
  assert.equal(evaluate('split', null).reason, 'TARGETING_KEY_MISSING');
  for (const id of [undefined, null, '', 7.5, true, [], {}, 1e300, 2 ** 63, NaN, Infinity]) {
    assert.equal(evaluate('account', 'u', { account: { id } }).reason, 'TARGETING_KEY_MISSING', String(id));
  }
  for (const id of ['x', '7', 7, -7, 0, 2 ** 62]) {
    assert.equal(evaluate('account', null, { account: { id } }).reason, 'SPLIT', String(id));
  }
  assert.deepEqual(
    evaluate('account', null, { account: { id: 7 } }),
    evaluate('account', null, { 'account.id': '7' }),
  );
});

test('attributes are compared by type, and numbers as doubles', () => {
  const cases: [values: unknown[], value: unknown, fits: boolean][] = [
    [[1], 1, true],
    [[0], -0, true],
    [[1], '1', false],
    [['1'], 1, false],
    [[true], true, true],
    [[true], 'true', false],
    [[1], true, false],
    [['a'], ['b', 'a'], true],
    [['a'], [null, undefined, NaN], false],
    [['a'], [['a']], false],
    [['a'], [], false],
    [['a'], { a: 'a' }, false],
    [['a'], null, false],
    [[], 'a', false],
  ];
  for (const [values, value, expected] of cases) {
    const why = `${JSON.stringify(value)} in ${JSON.stringify(values)}`;
    assert.equal(fits({ attribute: 'a', values }, { a: value }), expected, why);
    assert.equal(fits({ attribute: 'a', values, not: true }, { a: value }), !expected, `not ${why}`);
  }
});

test('not_in fits what is there when none of it is among the values', () => {
  const notIn = (value: unknown) => fits({ attribute: 'a', operator: 'not_in', values: ['x'] }, { a: value });
  assert.deepEqual([notIn('y'), notIn({}), notIn([]), notIn(['y', null])], [true, true, true, true]);
  assert.deepEqual(
    [notIn('x'), notIn(['y', 'x']), notIn(null), notIn(undefined)],
    [false, false, false, false],
  );
});

test('an attribute exists when JSON would have a word for it', () => {
  const exists = (value: unknown) => fits({ attribute: 'a', operator: 'exists' }, { a: value });
  for (const value of ['', 0, false, [], {}, new Date(0)]) assert.equal(exists(value), true, String(value));
  for (const value of [null, undefined, NaN, Infinity, () => 1, Symbol('s'), 1n, new Date(NaN)]) {
    assert.equal(exists(value), false, String(value));
  }
  assert.equal(fits({ attribute: 'b', operator: 'not_exists' }, { a: 1 }), true);
  assert.equal(fits({ attribute: 'length', operator: 'exists' }, [1] as never), false);
});

test('the attribute with the whole name wins over one inside of another, and eight parts are walked', () => {
  assert.equal(fits({ attribute: 'a.b', values: [1] }, { 'a.b': 1, a: { b: 2 } }), true);
  assert.equal(fits({ attribute: 'a.b', values: [2] }, { 'a.b': null, a: { b: 2 } }), true);
  assert.equal(fits({ attribute: 'a.b', values: [2] }, { a: [{ b: 2 }] }), false);
  assert.equal(fits({ attribute: 'a.length', values: [3] }, { a: 'abc' }), false);
  const deep = { a: { b: { c: { d: { e: { f: { g: { 'h.i.j': 1, h: { i: { j: 2 } } } } } } } } } };
  assert.equal(fits({ attribute: 'a.b.c.d.e.f.g.h.i.j', values: [1] }, deep), true);
});

test('user_id is the user of the question and nothing else', () => {
  assert.equal(fits({ attribute: 'user_id', values: ['u'] }, { user_id: 'x' }, 'u'), true);
  assert.equal(fits({ attribute: 'user_id', values: ['x'] }, { user_id: 'x' }, 'u'), false);
  assert.equal(fits({ attribute: 'user_id', operator: 'exists' }, { user_id: 'x' }, null), false);
  assert.equal(fits({ attribute: 'user_id', operator: 'exists' }, {}, ''), true);
});

test('a date is a moment as JSON writes it', () => {
  const day = { attribute: 'a', operator: 'after', values: ['2026-01-31'] };
  assert.equal(fits(day, { a: new Date('2026-01-31T00:00:00Z') }), true);
  assert.equal(fits(day, { a: new Date('2026-01-30T23:59:59.999Z') }), false);
});

test('membership in a segment that is not there never fits, also not turned round', () => {
  assert.equal(fits({ segment: 'gone' }, {}), false);
  assert.equal(fits({ segment: 'gone', not: true }, {}), false);
});

test('flags that lead back to themselves, and what needs them, fail', () => {
  const { evaluate, remote } = prepare({
    version: 1,
    flags: [
      on('a', { prerequisites: [{ flag: 'b' }] }),
      on('b', { prerequisites: [{ flag: 'a' }] }),
      on('c', { prerequisites: [{ flag: 'd' }, { flag: 'a' }] }),
      on('d'),
      on('self', { prerequisites: [{ flag: 'self', variants: ['off'] }] }),
      on('lost', { prerequisites: [{ flag: 'gone' }] }),
    ],
  });
  assert.equal(remote.size, 0);
  for (const [key, rule] of Object.entries({ a: 'b', b: 'a', c: 'd', self: 'self', lost: 'gone' })) {
    assert.deepEqual(evaluate(key, 'u'), {
      value: false,
      variant: 'off',
      reason: 'PREREQUISITE_FAILED',
      rule,
    });
  }
});

test('a flag to which many ways lead is asked once', { timeout: 10_000 }, () => {
  // 2^60 ways lead from the top to the first pair.
  const ladder = (first: boolean) =>
    Array.from({ length: 61 }, (_, step) =>
      ['a', 'b'].map((side) =>
        step
          ? on(side + step, { prerequisites: [{ flag: `a${step - 1}` }, { flag: `b${step - 1}` }] })
          : on(side + step, { enabled: side === 'b' || first }),
      ),
    ).flat();
  const top = on('top', { prerequisites: [{ flag: 'a60' }] });
  const asked = (first: boolean) =>
    prepare({ version: 1, flags: [...ladder(first), top] }).evaluate('top', 'u');

  assert.equal(asked(true).value, true);
  assert.deepEqual(asked(false), {
    value: false,
    variant: 'off',
    reason: 'PREREQUISITE_FAILED',
    rule: 'a60',
  });
});

test('what is not known here, and what needs it, is left to the server', () => {
  const strange: Partial<FlagForm>[] = [
    { rules: [{ key: 'r', if: [{ attribute: 'a', operator: 'sounds_like', values: ['x'] }] }] },
    { rules: [{ key: 'r', if: [{ attribute: 'a', operator: 'constructor' }] }] },
    { rules: [{ key: 'r', if: [{ segment: 'odd' }] }] },
    { rules: [{ key: 'r', if: [{}] }] },
    { rules: 'all' as never },
    { bucketing: 'sha256' as never },
    { rollout_percentage: 101 },
    { rollout_percentage: NaN },
    { rollout_percentage: '50' as never },
    { split: { on: 50 } as never },
    { split: [{ variant: 'on', to: 101 }] },
    { on: null as never },
    { prerequisites: [{ flag: 'elsewhere' }] },
    { prerequisites: 7 as never },
  ];
  for (const form of strange) {
    const { evaluate, remote } = prepare({
      version: 1,
      flags: [on('plain'), on('odd', form), on('dependent', { prerequisites: [{ flag: 'odd' }] })],
      segments: [{ key: 'odd', if: [{ attribute: 'a', operator: 'sounds_like' }] }],
      remote: ['elsewhere'],
    });
    assert.deepEqual([...remote].sort(), ['dependent', 'elsewhere', 'odd'], JSON.stringify(form));
    assert.equal(evaluate('odd', 'u').reason, 'FLAG_NOT_FOUND');
    assert.equal(evaluate('plain', 'u').value, true);
  }
});

test('an answer is the same object each time and cannot be changed', () => {
  const { evaluate } = one({});
  assert.equal(evaluate('f', 'u'), evaluate('f', 'v'));
  assert.ok(Object.isFrozen(evaluate('f', 'u')) && Object.isFrozen(evaluate('gone', 'u')));
});
