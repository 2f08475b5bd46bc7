// The package as pages use it, in a real Chromium against a real node: as modules, as CommonJS, as a script, with React.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium } from '../src/chromium.ts';
import { NodeProcess, repository } from '../src/node-process.ts';
import type { ReactPage } from '../src/react-page.ts';
import { contentSecurityPolicy, startGrowth, type PageOptions, type PageWindow } from '../src/sdk-page.ts';
import { until } from '../src/until.ts';

interface ReactWindow extends Window {
  reactPage: ReactPage;
}

const here = fileURLToPath(new URL('.', import.meta.url));
const vectors = JSON.parse(
  readFileSync(join(repository, 'shared/src/test/resources/golden/flag-vectors.json'), 'utf8'),
) as {
  flags: { definitions: Record<string, unknown>[]; segments: unknown[]; holdouts: unknown[] };
  contexts: {
    user: string | null;
    attributes: Record<string, unknown>;
    answers: Record<string, [variant: string | null, reason: string, rule: string | null]>;
  }[];
};
const nordic = {
  key: 'nordic',
  enabled: true,
  rollout_percentage: 0,
  rules: [{ key: 'no', if: [{ attribute: 'country', values: ['NO'] }] }],
};
const shown = (rollout_percentage: number) => ({ key: 'shown', enabled: true, rollout_percentage });
let conf: string;
let node: NodeProcess;
let browser: Browser;
let context: BrowserContext;

/** Writes flags as an editor does it: a whole new file takes the place of the old one. */
function write(...definitions: object[]): void {
  const file = join(conf, 'growth.json');
  const growth = JSON.parse(readFileSync(join(repository, 'conf/growth.json'), 'utf8')) as {
    flags: { definitions: object[] };
  };
  growth.flags.definitions = definitions;
  writeFileSync(`${file}.new`, JSON.stringify(growth));
  renameSync(`${file}.new`, file);
}

/** Puts flags in force, and waits until the node goes by them. */
async function publish(...definitions: { key: string; rollout_percentage: number }[]): Promise<void> {
  write(...definitions);
  const wanted = definitions.map(({ key, rollout_percentage }) => `${key} ${rollout_percentage}`).sort();
  await until('the flags are in force', async () => {
    const { flags, targeted } =
      await node.get<Record<'flags' | 'targeted', typeof definitions>>('/api/flags/definitions');
    const there = [...flags, ...targeted].map((flag) => `${flag.key} ${flag.rollout_percentage}`).sort();
    return there.join() === wanted.join();
  });
}

before(async () => {
  conf = mkdtempSync(join(tmpdir(), 'growthbus-conf-'));
  cpSync(join(repository, 'conf'), conf, { recursive: true });
  write(nordic, shown(0));
  browser = await launchChromium();
  node = await NodeProcess.start({ conf });
});

after(async () => {
  await browser?.close();
  await node?.stop();
  node?.removeData();
  rmSync(conf, { recursive: true, force: true });
});

async function bundled(contents: string, more: BuildOptions = {}): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: here, loader: 'ts' },
    bundle: true,
    minify: true,
    logLevel: 'error',
    format: 'iife',
    outdir: '/page',
    write: false,
    define: { 'process.env.NODE_ENV': '"development"' },
    ...more,
  });
  return new Map(outputFiles!.map(({ path, text }) => [basename(path), text]));
}

/** A page of the node's own origin that loads `stdin.js` of these files, under a strict content security policy. */
async function open(
  files: Map<string, string>,
  head = '<script type="module" src="/page/stdin.js"></script>',
  policy = contentSecurityPolicy(node.app),
): Promise<Page> {
  context = await browser.newContext();
  const page = await context.newPage();
  await page.route(`${node.app}/page.html`, (route) =>
    route.fulfill({
      contentType: 'text/html; charset=utf-8',
      headers: { 'Content-Security-Policy': policy },
      body: `<!doctype html><html lang="en"><title>A page</title><main></main>${head}</html>`,
    }),
  );
  await page.route(`${node.app}/page/*`, (route) =>
    route.fulfill({
      contentType: 'text/javascript',
      body: files.get(basename(new URL(route.request().url()).pathname))!,
    }),
  );
  await page.goto(`${node.app}/page.html`);
  // The compiler of the tests marks functions with their names; pages do not know its mark.
  await page.evaluate('globalThis.__name = (marked) => marked');
  return page;
}

const named = async (user: string, name: string): Promise<unknown[]> =>
  (await node.get<{ items: unknown[] }>(`/api/admin/events?user_id=${user}&name=${encodeURIComponent(name)}`))
    .items;

const EXPOSED = 'Object.assign(globalThis, { growthbus: { createGrowth } })';
const SCRIPT = '<script src="/sdk/growthbus.js"></script>';
const kinds: Record<string, () => Promise<Page>> = {
  'modules, in chunks': async () =>
    open(
      await bundled(`import { createGrowth } from '@growthbus/browser'; ${EXPOSED};`, {
        format: 'esm',
        splitting: true,
      }),
    ),
  CommonJS: async () =>
    open(await bundled(`const { createGrowth } = require('@growthbus/browser'); ${EXPOSED};`)),
  'a script': () => open(new Map(), SCRIPT),
  'a script that a nonce allows': () =>
    open(
      new Map(),
      SCRIPT.replace('src', 'nonce="once" src'),
      `default-src 'self'; script-src 'nonce-once' 'unsafe-eval'`,
    ),
};

for (const [kind, opened] of Object.entries(kinds)) {
  test(`as ${kind}: events, a flag with rules, a prompt, and nothing is thrown`, async () => {
    const user = kind.replace(/\W+/g, '-');
    const page = await opened();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const kept: string[] = [];
    page.on('response', (response) => {
      if (response.url().includes('/sdk/growthbus-')) kept.push(response.headers()['cache-control'] ?? '');
    });
    await page.waitForFunction('globalThis.growthbus');
    const options: PageOptions = { user, tokens: '/api/auth/user-token', attributes: { country: 'NO' } };
    await startGrowth(page, options);
    assert.deepEqual(
      await page.evaluate(async () => {
        const { growth } = window as unknown as PageWindow;
        await growth.flags.ready;
        const { value, reason, rule } = growth.flags.details('nordic', false);
        return [value, reason, rule];
      }),
      [true, 'TARGETING_MATCH', 'no'],
    );
    assert.ok(!asked.some((path) => path.startsWith('/ofrep/')), asked.join());
    await page.evaluate(() => {
      const { growth } = window as unknown as PageWindow;
      for (let i = 0; i < 3; i++) growth.track('project_created', { project_type: 'website' });
      return growth.flush();
    });
    await page.locator('growthbus-prompt [role=dialog]').waitFor();
    // By the hash of its contents, which the script knows, each part is kept for good.
    const parts = kind.startsWith('a script') ? 2 : 0;
    assert.deepEqual(kept, Array(parts).fill('public, max-age=31536000, immutable'));
    await until('the events are stored', async () => (await named(user, 'project_created')).length === 3);
    await until('the exposure is stored', async () => (await named(user, '$exposure')).length === 1);
    assert.deepEqual(await page.evaluate(() => (window as unknown as PageWindow).errors), []);
    await context.close();
  });
}

test('a page that does not need the parts does not load them', async () => {
  await publish(shown(100));
  const page = await open(new Map(), SCRIPT);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await startGrowth(page, { user: 'plain' });
  await until('the flag is there', () =>
    page.evaluate(async () => {
      const { growth } = window as unknown as PageWindow;
      await growth.flags.refresh();
      return growth.flags.isEnabled('shown');
    }),
  );
  assert.ok(!asked.some((path) => path.startsWith('/sdk/')), asked.join());
  await context.close();
  await publish(nordic, shown(0));
});

test('without its part a flag with rules is answered by the node', async () => {
  const page = await open(new Map(), SCRIPT);
  await page.route('**/sdk/growthbus-flags.js*', (route) => route.abort());
  await startGrowth(page, { user: 'blocked', attributes: { country: 'NO' } });
  await until('the node has answered', () =>
    page.evaluate(async () => {
      const { growth } = window as unknown as PageWindow;
      await growth.flags.refresh();
      return growth.flags.details('nordic', false).rule === undefined && growth.flags.isEnabled('nordic');
    }),
  );
  assert.deepEqual(await page.evaluate(() => (window as unknown as PageWindow).errors), []);
  await context.close();
});

test('every golden vector is answered through the part that is loaded when it is needed', async () => {
  const page = await open(new Map(), SCRIPT);
  const { definitions, segments, holdouts } = vectors.flags;
  const targeted = definitions.map((form) => {
    if (!form['split'] || Array.isArray(form['split'])) return form;
    let end = 0;
    const shares = Object.entries(form['split'] as Record<string, number>);
    return { ...form, split: shares.map(([variant, share]) => ({ variant, from: end, to: (end += share) })) };
  });
  // One page per user would be what happens; the bucketing is the same when only the user option changes.
  const wrong = await page.evaluate(
    async ({ bootstrap, contexts }) => {
      const { growthbus } = window as unknown as PageWindow;
      const found: string[] = [];
      for (const { user, attributes, answers } of contexts) {
        // Without a user the visitor's id would be the unit: such contexts are those of the unit tests.
        if (!user) continue;
        const offline = {
          fetch: () => Promise.reject(new TypeError('offline')),
          storage: null,
          WebSocket: undefined,
        };
        const growth = growthbus.createGrowth({
          user,
          attributes,
          bootstrap,
          exposures: false,
          prompts: false,
          onError: () => {},
          environment: offline as never,
        });
        await new Promise<void>((resolve) => growth.flags.subscribe(resolve));
        for (const [key, [variant, reason, rule]] of Object.entries(answers)) {
          const answer = growth.flags.details(key, undefined);
          const same =
            answer.variant === variant && answer.reason === reason && (answer.rule ?? null) === rule;
          if (!same) found.push(`${key} for ${user}: ${JSON.stringify(answer)}`);
        }
        growth.close();
      }
      return found;
    },
    {
      bootstrap: { version: 1, flags: [], targeted, segments, holdouts },
      contexts: vectors.contexts.filter(({ user }) => user),
    },
  );
  assert.deepEqual(wrong.slice(0, 5), []);
  await context.close();
});

test('a user who was named before consent is joined with the visitor when it is given, once', async () => {
  const page = await open(new Map(), SCRIPT);
  await startGrowth(page, { consent: 'pending' });
  await page.evaluate(async () => {
    const { growth } = window as unknown as PageWindow;
    growth.consent.set('denied');
    await growth.identify('late', { plan: 'x' });
    await growth.flush();
  });
  assert.deepEqual(await named('late', '$identify'), []);
  await page.evaluate(() => (window as unknown as PageWindow).growth.consent.set('granted'));
  await until('it is stored', async () => (await named('late', '$identify')).length > 0);
  await page.evaluate(() => (window as unknown as PageWindow).growth.identify('late'));
  await page.evaluate(() => (window as unknown as PageWindow).growth.flush());
  assert.equal((await named('late', '$identify')).length, 1);
  await context.close();
});

test('the activation engine of the seed runs on the package with nothing but its imports changed', async () => {
  const source = readFileSync(join(repository, 'browser/seed/src/growth/activation.ts'), 'utf8');
  const moved = source.replace(
    /from '\.\.\/(telemetry|entitlements)\/\w+\.ts'/g,
    `from '@growthbus/browser/seed'`,
  );
  assert.equal(moved.split('\n').filter((line, i) => line !== source.split('\n')[i]).length, 2);
  const page = await open(await bundled(`${moved}\nObject.assign(globalThis, { ActivationEngine });`));
  await page.waitForFunction('globalThis.ActivationEngine');
  const prompts = await page.evaluate(async () => {
    const seen: unknown[] = [];
    window.addEventListener('show-upgrade-prompt', (event) => seen.push((event as CustomEvent).detail));
    const engine = new (
      window as unknown as { ActivationEngine: new () => { evaluate(...of: unknown[]): Promise<void> } }
    ).ActivationEngine();
    await engine.evaluate('seed-user', 'project_created', 2);
    await engine.evaluate('seed-user', 'project_created', 3);
    return seen;
  });
  assert.deepEqual(prompts, [{ event: 'project_created', count: 3 }]);
  await context.close();
});

test('React shows a change everywhere at once, exposes once in strict mode, and watches nothing when it is gone', async () => {
  await publish(shown(0));
  const page = await open(
    await bundled(`import ${JSON.stringify(join(here, '../src/react-page.ts'))};`, {
      format: 'esm',
      splitting: true,
    }),
  );
  await page.waitForFunction('globalThis.reactPage');
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.evaluate(async () => {
    const { reactPage } = window as unknown as ReactWindow;
    reactPage.start({
      user: 'react',
      prompts: { view: false },
      userToken: async () => {
        const body = JSON.stringify({ user_id: 'react' });
        const answer = await fetch('/api/auth/user-token', { method: 'POST', body });
        return ((await answer.json()) as { token: string }).token;
      },
    });
    await reactPage.growth.flags.ready;
    reactPage.render();
  });
  const texts = async () => [...new Set(await page.locator('i').allTextContents())].join();
  await until('it is on the screen', async () => (await texts()) === 'false');
  assert.equal(await page.locator('i').count(), 20);

  // The change comes while React is drawing, in slices, at low priority.
  await publish(shown(100));
  await until('the change is on the screen', async () => {
    await page.evaluate(() => {
      const { reactPage } = window as unknown as ReactWindow;
      reactPage.renderSlowly();
      return new Promise((resolve) => setTimeout(resolve, 30)).then(() => reactPage.growth.flags.refresh());
    });
    return (await texts()) === 'true';
  });
  const commits = await page.evaluate(() => (window as unknown as ReactWindow).reactPage.commits);
  assert.deepEqual(
    commits.filter((values) => values.length > 1),
    [],
    'no commit shows two answers of one flag',
  );
  assert.ok(commits.some(([value]) => value === 'false') && commits.some(([value]) => value === 'true'));

  await page.evaluate(() => {
    const { growth } = (window as unknown as ReactWindow).reactPage;
    for (let i = 0; i < 3; i++) growth.track('project_created', { project_type: 'website' });
    return growth.flush();
  });
  await page.locator('#track').click();
  await page.locator('#prompt', { hasText: 'You are on a roll' }).click();
  await page.locator('#prompt').waitFor({ state: 'detached' });
  await node.post('/demo/api/upgrade', { user_id: 'react' });
  await page.locator('b', { hasText: 'pro true' }).waitFor();
  await page.evaluate(() => (window as unknown as ReactWindow).reactPage.growth.flush());
  assert.equal((await named('react', 'clicked')).length, 1);
  const exposures = (await named('react', '$exposure')) as { properties: { variant: string } }[];
  assert.deepEqual(exposures.map(({ properties }) => properties.variant).sort(), ['off', 'on']);

  assert.ok((await page.evaluate(() => (window as unknown as ReactWindow).reactPage.watching())) > 20);
  await page.evaluate(() => (window as unknown as ReactWindow).reactPage.unmount());
  assert.equal(await page.evaluate(() => (window as unknown as ReactWindow).reactPage.watching()), 0);
  assert.deepEqual(errors, []);
  await context.close();
});
