// The evaluator of browsers in a real one, with the definitions of a live node: the same answers as the server's.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import type { Definitions, FlagForm, RuleForm, prepare } from '../../sdk/src/flags/index.ts';
import { chance, pick } from '../../sdk/test/flags/chance.ts';
import { launchChromium } from '../src/chromium.ts';
import { NodeProcess } from '../src/node-process.ts';

declare const growthbusFlags: { prepare: typeof prepare };

const PUBLISHABLE_KEY = 'pk_flags_test';
const SECRET_KEY = 'sk_flags_test';

type Form = Omit<Partial<FlagForm>, 'split' | 'rules'> & {
  key: string;
  evaluation?: string;
  split?: unknown;
  rules?: (Omit<RuleForm, 'split'> & { split?: unknown })[];
};

const rule = (
  key: string,
  ...conditions: (readonly [attribute: string, operator: string, ...values: unknown[]])[]
) => ({
  key,
  if: conditions.map(([attribute, operator, ...values]) => ({
    attribute,
    operator,
    ...(values.length ? { values } : {}),
  })),
});

const RULES: RuleForm[] = [
  rule('level', ['level', 'in', 1, '2', false], ['plan', 'not_in', 'free', 'trial']),
  rule('path', ['path', 'starts_with', '/a', '/ü'], ['path', 'ends_with', '.html', '😀']),
  rule('groups', ['groups', 'contains', 'adm'], ['groups', 'not_in', 'banned']),
  rule('age', ['age', 'gt', 17.5], ['age', 'lte', 65]),
  rule('score', ['score', 'gte', 0], ['score', 'lt', 1e3]),
  rule('version', ['app.version', 'semver_gte', '2.0.0-beta.2'], ['app.version', 'semver_lt', '3.0.0']),
  rule('exact', ['app.version', 'semver_eq', '3.0.0']),
  rule('beyond', ['app.version', 'semver_gt', '3.0.0'], ['app.version', 'semver_lte', '10.0.0']),
  rule('since', ['signed_up', 'after', '2026-01-01'], ['signed_up', 'before', '2026-06-30T12:00:00+02:00']),
  rule('there', ['country', 'exists'], ['vat', 'not_exists']),
];

const LOCAL: Form[] = [
  ...[0, 12.5, 50, 100].map((rollout_percentage) => ({
    key: `seed.${rollout_percentage}`,
    rollout_percentage,
  })),
  { key: 'seed.named', rollout_percentage: 30, target_users: ['user-1', 'user-2', 'Zoë 🚀'] },
  { key: 'off', enabled: false, rollout_percentage: 100, rules: [rule('all')] },
  { key: 'murmur', rollout_percentage: 33.333, bucketing: 'murmur3' },
  { key: 'salted', rollout_percentage: 50, bucketing: 'murmur3', salt: 'größe 😀' },
  { key: 'by_account', rollout_percentage: 40, bucketing: 'murmur3', bucket_by: 'account_id' },
  { key: 'by_seat', rollout_percentage: 60, bucketing: 'seed', bucket_by: 'org.seat' },
  {
    key: 'colour',
    rollout_percentage: 80,
    bucketing: 'murmur3',
    variants: { red: '#f00', green: '#0f0', none: '' },
    on: 'red',
    off: 'none',
    split: { red: 50, green: 25 },
    targets: [{ variant: 'green', users: ['user-3', 'user-4'] }],
  },
  {
    key: 'ranged',
    rollout_percentage: 100,
    variants: { a: 1, b: 2.5, c: 0 },
    on: 'a',
    off: 'c',
    split: [
      { variant: 'a', from: 0, to: 12.345 },
      { variant: 'b', from: 50, to: 75 },
    ],
  },
  {
    key: 'json',
    rollout_percentage: 50,
    variants: { big: { limit: 10, list: [1, 'x'] }, small: {} },
    on: 'big',
    off: 'small',
  },
  ...RULES.map((each) => ({
    key: `rule.${each.key}`,
    rollout_percentage: 20,
    bucketing: 'murmur3' as const,
    rules: [each],
  })),
  {
    key: 'ruled',
    bucketing: 'murmur3',
    rules: RULES.map((each, i) => ({ ...each, rollout_percentage: i % 2 ? 50 : 100 })),
  },
  { key: 'split_rule', rules: [{ ...rule('half', ['country', 'exists']), split: { on: 50, off: 30 } }] },
  {
    key: 'segments',
    rules: [{ key: 'in', if: [{ segment: 'internal' }, { segment: 'grown_up', not: true }] }],
  },
  {
    key: 'users',
    rollout_percentage: 10,
    rules: [
      { key: 'vips', if: [{ segment: 'vips' }] },
      { ...rule('listed', ['user_id', 'in', 'user-5', 'user-6', 'Zoë 🚀']), rollout_percentage: 50 },
      {
        key: 'others',
        if: [
          { attribute: 'user_id', operator: 'not_in', values: ['user-7', 'user-8'] },
          { segment: 'internal' },
        ],
      },
      rule('begin', ['user_id', 'starts_with', 'user-1', 'user-2']),
    ],
  },
  {
    key: 'needs',
    rollout_percentage: 100,
    prerequisites: [{ flag: 'murmur' }, { flag: 'colour', variants: ['red', 'green'] }],
  },
  { key: 'needs_needs', rollout_percentage: 100, prerequisites: [{ flag: 'needs', variants: ['off'] }] },
  {
    key: 'held',
    rollout_percentage: 100,
    bucketing: 'murmur3',
    holdout: 'quarter',
    target_users: ['user-9'],
  },
];

const REMOTE: Form[] = [
  { key: 'r.asked', rollout_percentage: 100, evaluation: 'remote' },
  { key: 'r.facts', rules: [rule('free', ['tier', 'in', 'free'])] },
  { key: 'r.needs_facts', rollout_percentage: 100, prerequisites: [{ flag: 'r.facts', variants: ['off'] }] },
  { key: 'r.needs_server', rollout_percentage: 100, prerequisites: [{ flag: 'server_only' }] },
];

const SEGMENTS = [
  { key: 'internal', if: [{ attribute: 'email_domain', values: ['growth.example', 'bus.example'] }] },
  { key: 'grown_up', if: [{ attribute: 'age', operator: 'gte', values: [18] }] },
  { key: 'vips', if: [{ attribute: 'user_id', values: ['user-10', 'user-11'] }] },
];

const USERS = ['Zoë 🚀', 'polygene', '0', 'é', '\u{10ffff}', 'x'.repeat(200), '__proto__', 'a"b\\c'];
for (let i = 1; USERS.length < 40; i++) USERS.push(`user-${i}`);
const NAMED = [...new Set(JSON.stringify([LOCAL, SEGMENTS]).match(/user-\d+|Zoë 🚀/g))];

interface Question {
  user: string;
  attributes: Record<string, unknown>;
}

/** Value, variant and reason of each flag by key. */
type Answers = Record<string, { value: unknown; variant: string | null; reason: string }>;

function questions(): Question[] {
  const random = chance(20261124);
  const maybe = (...values: unknown[]) => (random(2) ? pick(random, values) : undefined);
  return USERS.flatMap((user) =>
    Array.from({ length: 10 }, () => ({
      user,
      attributes: {
        account_id: maybe(`acc-${random(50)}`, 7, 7.5, '', '\ud800', 'a\udc00'),
        org: maybe(
          { seat: random(100) },
          { seat: `${random(100)}` },
          { seat: true },
          { seat: 12345678901 },
          {},
          'x',
        ),
        email_domain: maybe('growth.example', 'bus.example', 'other.example'),
        level: maybe(1, 2, '2', '1', false, 0, true, [0, 1], { a: 1 }),
        plan: maybe('free', 'pro', ['pro', 'trial'], []),
        path: maybe('/a.html', '/ü😀', '/b.html', '/a', 5),
        groups: maybe(['admin'], ['admin', 'banned'], [], ['x', null, 'badm'], 'admin', [1]),
        age: maybe(17, 17.5, 18, 65, 66, '30', -0, 1e308),
        score: maybe(-0, 0, 0.1, 999.999, 1e3, 1e21),
        app: maybe(
          ...[
            '2.0.0-beta.1',
            '2.0.0-beta.10',
            '2.0.0',
            '2.9.9+b1',
            '3.0.0',
            '3.0.0-rc.1',
            '4.5.6',
            'two',
            3,
          ].map((version) => ({ version })),
        ),
        signed_up: maybe(
          ...[
            '2025-12-31',
            '2026-01-01',
            '2026-02-30',
            '2026-06-30T09:59:59.999Z',
            '2026-06-30T10:00Z',
            'soon',
          ],
          ...[1767225600000, 1767225599999, 1767225599999.5],
        ),
        country: maybe('DE', ''),
        vat: maybe('DE123'),
      },
    })),
  );
}

let conf: string;
let node: NodeProcess;
let browser: Browser;
let page: Page;

const secret = { Authorization: `Bearer ${SECRET_KEY}` };

before(async () => {
  conf = mkdtempSync(join(tmpdir(), 'growthbus-conf-'));
  const definitions = [
    ...LOCAL,
    ...REMOTE,
    { key: 'server_only', evaluation: 'server', target_users: ['user-1'] },
  ];
  const flags = {
    definitions: definitions.map((form) => ({ enabled: true, ...form })),
    segments: SEGMENTS,
    holdouts: [{ key: 'quarter', percentage: 25 }],
  };
  writeFileSync(join(conf, 'growth.json'), JSON.stringify({ flags }));
  browser = await launchChromium();
  node = await NodeProcess.start({
    conf,
    environment: {
      GROWTHBUS_PUBLISHABLE_KEY: PUBLISHABLE_KEY,
      GROWTHBUS_SECRET_KEY: SECRET_KEY,
      GROWTHBUS_ADMIN_KEY: 'ak_flags_test',
      GROWTHBUS_TOKEN_SECRET: '0123456789abcdef0123456789abcdef',
    },
  });
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('../../sdk/src/flags/index.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    globalName: 'growthbusFlags',
    minify: true,
    target: 'es2019',
    write: false,
  });
  page = await browser.newPage();
  await page.route('**/empty', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }),
  );
  await page.goto(`${node.app}/empty`);
  await page.addScriptTag({ content: bundle.outputFiles[0]!.text });
});

after(async () => {
  await browser?.close();
  await node?.stop();
  node?.removeData();
  rmSync(conf, { recursive: true, force: true });
});

/** What the page answers, with the definitions that it gets for each user. */
async function pageAnswers(asked: Question[]): Promise<{ answers: Answers[]; remote: string[][] }> {
  return page.evaluate(
    async ({ asked, key }) => {
      const snapshots = new Map<string, { keys: string[]; snapshot: ReturnType<typeof prepare> }>();
      for (const user of new Set(asked.map((question) => question.user))) {
        const response = await fetch(`/api/flags/definitions?user_id=${encodeURIComponent(user)}`, {
          headers: { 'X-API-Key': key },
        });
        const definitions = (await response.json()) as Definitions;
        const keys = [...definitions.flags, ...definitions.targeted!].map((flag) => flag.key);
        snapshots.set(user, { keys, snapshot: growthbusFlags.prepare(definitions) });
      }
      const answers = asked.map(({ user, attributes }) => {
        const { keys, snapshot } = snapshots.get(user)!;
        const evaluated = keys.map((flag) => [flag, snapshot.evaluate(flag, user, attributes)] as const);
        return Object.fromEntries(evaluated);
      });
      return { answers, remote: [...snapshots.values()].map(({ snapshot }) => [...snapshot.remote]) };
    },
    { asked, key: PUBLISHABLE_KEY },
  );
}

test('10,000 pairs of flag and context have the same value, variant and reason in Chromium and on the server', async () => {
  const asked = questions();
  const { answers, remote } = await pageAnswers(asked);
  assert.deepEqual(
    new Set(remote.map((keys) => keys.sort().join())),
    new Set([REMOTE.map(({ key }) => key).join()]),
  );

  let pairs = 0;
  const reasons = new Set<string>();
  const variants = new Set<string>();
  const differences: unknown[] = [];
  for (const [i, { user, attributes }] of asked.entries()) {
    const { flags } = await node.post<{ flags: Answers }>(
      '/api/flags/evaluate',
      { user_id: user, attributes },
      secret,
    );
    const inPage = answers[i]!;
    assert.deepEqual(Object.keys(inPage).sort(), LOCAL.map(({ key }) => key).sort());
    for (const [key, { value, variant, reason }] of Object.entries(inPage)) {
      pairs++;
      reasons.add(reason);
      variants.add(`${key} ${variant}`);
      const { value: theirs, variant: theirVariant, reason: theirReason } = flags[key]!;
      try {
        assert.deepEqual(
          { value, variant, reason },
          { value: theirs, variant: theirVariant, reason: theirReason },
        );
      } catch {
        differences.push({
          key,
          user,
          attributes,
          page: { variant, reason },
          server: { theirVariant, theirReason },
        });
      }
    }
  }

  assert.deepEqual(differences, []);
  assert.ok(pairs >= 10_000, `${pairs} pairs`);
  assert.deepEqual([...reasons].sort(), [
    'DEFAULT',
    'DISABLED',
    'HOLDOUT',
    'PREREQUISITE_FAILED',
    'RULE_EXCLUDED',
    'SPLIT',
    'STATIC',
    'TARGETING_KEY_MISSING',
    'TARGETING_MATCH',
  ]);
  for (const { key } of RULES) {
    assert.ok(
      variants.has(`rule.${key} on`) && variants.has(`rule.${key} off`),
      `rule ${key} decides both ways`,
    );
  }
});

test('no definitions for a page name another user, and what they leave out is answered over OFREP', async () => {
  for (const user of ['', ...NAMED, 'nobody']) {
    const query = user ? `?user_id=${encodeURIComponent(user)}` : '';
    const response = await fetch(`${node.app}/api/flags/definitions${query}`, {
      headers: { 'X-API-Key': PUBLISHABLE_KEY },
    });
    const named = (await response.text()).match(/user-\d+|Zoë 🚀/g) ?? [];
    assert.deepEqual(
      named.filter((other) => other !== user),
      [],
    );
  }

  for (const { key } of REMOTE) {
    const answer = await node.post<{ key: string; reason: string }>(
      `/ofrep/v1/evaluate/flags/${key}`,
      { context: { targetingKey: 'user-1' } },
      { Authorization: `Bearer ${PUBLISHABLE_KEY}` },
    );
    assert.equal(answer.key, key);
    assert.ok(!JSON.stringify(answer).includes('server_only'));
  }
});
