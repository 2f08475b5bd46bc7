// The browser SDK in a real Chromium against a real node: nothing lost, nothing doubled, nothing thrown.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium } from '../src/chromium.ts';
import { NodeProcess } from '../src/node-process.ts';
import {
  contentSecurityPolicy,
  html,
  openPage,
  startGrowth,
  trackMany,
  type PageOptions,
  type PageWindow,
} from '../src/sdk-page.ts';
import { until } from '../src/until.ts';

const INGEST = '**/api/telemetry/ingest*';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let node: NodeProcess;
let browser: Browser;
let context: BrowserContext;

before(async () => {
  browser = await launchChromium();
  node = await NodeProcess.start();
});

after(async () => {
  await browser?.close();
  await node?.stop();
  node?.removeData();
});

async function open(options: PageOptions): Promise<Page> {
  context = await browser.newContext();
  return openPage(context, node.app, options);
}

const withTokens = (user: string): PageOptions => ({ user, tokens: '/api/auth/user-token' });

interface Stored {
  event_id: string;
  name: string;
  properties: { i?: number };
}

async function stored(user: string, of = node): Promise<Stored[]> {
  const { items } = await of.get<{ items: Stored[] }>(`/api/admin/events?limit=1000&user_id=${user}`);
  return items;
}

/** Waits until exactly these numbers are stored, each once. */
async function storedOnce(user: string, count: number): Promise<void> {
  await until(
    `${count} events of ${user} are stored`,
    async () => (await stored(user)).filter(({ name }) => name === 'e').length >= count,
    30_000,
  );
  const numbers = (await stored(user))
    .filter(({ name }) => name === 'e')
    .map(({ properties }) => properties.i);
  assert.deepEqual(
    numbers.sort((a, b) => a! - b!),
    Array.from({ length: count }, (_, i) => i),
  );
}

async function silent(page: Page): Promise<void> {
  assert.deepEqual(await page.evaluate(() => (window as unknown as PageWindow).errors), []);
}

/** What the SDK keeps on the device. */
const kept = (page: Page, part: string): Promise<string[]> =>
  page.evaluate((text) => Object.keys(localStorage).filter((key) => key.includes(text)), part);

async function threeProjects(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { growth } = window as unknown as PageWindow;
    for (let i = 0; i < 3; i++) growth.track('project_created', { project_type: 'website' });
    return growth.flush();
  });
}

const card = (page: Page) => page.locator('growthbus-prompt [role=dialog]');

test('minutes offline, then online: every event is stored, once', async () => {
  const page = await open({ user: 'offline' });
  await page.clock.install();
  await context.setOffline(true);
  for (let minute = 0; minute < 10; minute++) {
    await trackMany(page, minute * 8, minute * 8 + 8);
    await page.clock.fastForward(60_000);
  }
  assert.deepEqual(await stored('offline'), []);
  await context.setOffline(false);
  await until('the events are stored', async () => {
    await page.clock.fastForward(1_000);
    return (await stored('offline')).length >= 80;
  });
  await storedOnce('offline', 80);
  await silent(page);
  await context.close();
});

test('a reload while events are under way doubles none', async () => {
  const page = await open({ user: 'reload' });
  await page.route(INGEST, async (route) => {
    // Stored, but the page is gone before it hears of it.
    await route.fetch();
  });
  await trackMany(page, 0, 30);
  await until('the node has stored the first batch', async () => (await stored('reload')).length >= 25);
  await page.unroute(INGEST);
  await page.reload();
  await startGrowth(page, { user: 'reload' });
  await storedOnce('reload', 30);
  await until('nothing is left on the device', async () => (await kept(page, ':q.')).length === 0);
  assert.equal((await stored('reload')).length, 30);
  await context.close();
});

test('five tabs: every event once, the prompt in one of them, and in the next when that one is closed', async () => {
  context = await browser.newContext();
  const pages: Page[] = [];
  for (let i = 0; i < 5; i++) pages.push(await openPage(context, node.app, withTokens('tabs')));
  await Promise.all(pages.map((page, i) => trackMany(page, i * 10, i * 10 + 10)));
  await storedOnce('tabs', 50);

  await threeProjects(pages[0]!);
  const shown = async () => {
    const counts = await Promise.all(pages.map((page) => card(page).count()));
    return counts.flatMap((count, i) => (count ? [i] : []));
  };
  const [first] = await until('the prompt is shown', async () => {
    const tabs = await shown();
    return tabs.length > 0 && tabs;
  });
  // A reply of the node comes after the prompt has reached all tabs.
  await Promise.all(
    pages.map((page) => page.evaluate(() => (window as unknown as PageWindow).growth.flags.refresh())),
  );
  assert.equal((await shown()).length, 1);
  for (const page of pages) await silent(page);

  await pages.splice(first!, 1)[0]!.close();
  await until('another tab shows it', async () => (await shown()).length === 1);
  const [second] = await shown();
  await pages[second!]!.keyboard.press('Escape');
  await until('it is gone everywhere', async () => (await shown()).length === 0);
  await until('the node knows it', async () => (await pending('tabs')).length === 0);
  await context.close();
});

test('a page that is left at once loses nothing, from another origin and with keys', async () => {
  const page = http.createServer((request, response) => {
    if (request.url === '/page.html') {
      response.setHeader('Content-Type', 'text/html');
      response.setHeader('Content-Security-Policy', contentSecurityPolicy(keyed.app));
      response.end(html(`${keyed.app}/sdk/growthbus.js`));
    } else if (request.method === 'POST') {
      void keyed
        .post('/api/auth/user-token', { user_id: 'leaver' }, { Authorization: 'Bearer sk_test' })
        .then((token) => response.end(JSON.stringify(token)));
    } else response.end('<title>elsewhere</title>');
  });
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
  const keyed = await NodeProcess.start({
    environment: {
      GROWTHBUS_PUBLISHABLE_KEY: 'pk_test',
      GROWTHBUS_SECRET_KEY: 'sk_test',
      GROWTHBUS_ADMIN_KEY: 'ak_test',
      GROWTHBUS_TOKEN_SECRET: '0123456789abcdef0123456789abcdef',
      GROWTHBUS_ALLOWED_ORIGINS: origin,
    },
  });
  try {
    context = await browser.newContext();
    const tab = await context.newPage();
    const options = { user: 'leaver', key: 'pk_test', url: keyed.app, tokens: '/token' };
    await tab.goto(`${origin}/page.html`);
    await startGrowth(tab, options);
    await until('the node and the page know each other', () =>
      tab.evaluate(async () => {
        const { growth } = window as unknown as PageWindow;
        return (await growth.entitlements.resolve()).state === 'fresh' && growth.consent.get() === 'granted';
      }),
    );
    await trackMany(tab, 0, 10);
    await tab.goto(`${origin}/elsewhere`);
    const items = await until('the events of the page that was left are stored', async () => {
      const found = await keyed.get<{ items: (Stored & { verified: boolean })[] }>(
        '/api/admin/events?user_id=leaver&name=e',
        { headers: { Authorization: 'Bearer ak_test' } },
      );
      return found.items.length >= 10 && found.items;
    });
    assert.equal(items.length, 10);
    assert.ok(
      items.every(({ verified }) => verified),
      'the beacon carried the token',
    );

    await tab.goto(`${origin}/page.html`);
    await startGrowth(tab, options);
    await until('the device has heard of it', async () => (await kept(tab, ':q.')).length === 0);
    await silent(tab);
  } finally {
    page.close();
    page.closeAllConnections();
    await context.close();
    await keyed.stop();
    keyed.removeData();
  }
});

test('a full device loses nothing while the page lives', async () => {
  const page = await open({ user: 'full' });
  await page.evaluate(() => {
    let text = 'x'.repeat(1 << 20);
    for (let i = 0; text;) {
      try {
        localStorage.setItem(`other${i}`, text);
        i++;
      } catch {
        text = text.slice(text.length >> 1 || 1);
      }
    }
  });
  await context.setOffline(true);
  await trackMany(page, 0, 60);
  assert.deepEqual(await kept(page, ':q.'), []);
  await context.setOffline(false);
  await storedOnce('full', 60);
  await silent(page);
  await context.close();
});

test('the node restarts: events wait, the socket comes back, the prompt arrives', async () => {
  const page = await open(withTokens('restart'));
  await page.evaluate(() => (window as unknown as PageWindow).growth.entitlements.resolve());
  const { port } = new URL(node.app);
  assert.equal(await node.stop(), 0);
  await trackMany(page, 0, 20);
  await page.evaluate(() => (window as unknown as PageWindow).growth.flush());
  node = await NodeProcess.start({ dataDir: node.dataDir, environment: { GROWTHBUS_HTTP_PORT: port } });
  await storedOnce('restart', 20);
  await threeProjects(page);
  await until('the prompt is shown', async () => (await card(page).count()) === 1, 45_000);
  await silent(page);
  await context.close();
});

test('tokens that end while the page is open are renewed, and prompts still come', async () => {
  const page = await open({ user: 'brief' });
  await page.evaluate(() => {
    const self = window as unknown as PageWindow;
    self.growth.close();
    self.growth = self.growthbus.createGrowth({
      user: 'brief',
      onError: () => {},
      userToken: async () => {
        self.tokens++;
        const body = JSON.stringify({ user_id: 'brief', ttl_s: 2 });
        const answer = await fetch('/api/auth/user-token', { method: 'POST', body });
        return ((await answer.json()) as { token: string }).token;
      },
    });
  });
  await until('several tokens were made', () =>
    page.evaluate(() => (window as unknown as PageWindow).tokens >= 5),
  );
  await threeProjects(page);
  await card(page).waitFor();
  await silent(page);
  await context.close();
});

test('consent withdrawn with 500 events queued: none is stored, the device is empty but for the choice', async () => {
  const page = await open({ user: 'withdrawn', consent: 'granted', unbounded: true });
  await context.setOffline(true);
  await trackMany(page, 0, 500);
  assert.equal((await kept(page, ':q.')).length, 500);
  await page.evaluate(() => (window as unknown as PageWindow).growth.consent.set('denied'));
  await context.setOffline(false);
  await page.evaluate(() => (window as unknown as PageWindow).growth.flush());
  assert.deepEqual(await page.evaluate(() => ({ ...localStorage })), {
    'growthbus::consent': '{"analytics":"denied"}',
  });
  await page.reload();
  await startGrowth(page, { user: 'withdrawn', consent: 'granted' });
  await trackMany(page, 0, 30);
  await page.evaluate(() => (window as unknown as PageWindow).growth.flush());
  assert.deepEqual(await stored('withdrawn'), []);
  await silent(page);
  await context.close();
});

async function pending(user: string): Promise<unknown[]> {
  const { token } = await node.post<{ token: string }>('/api/auth/user-token', { user_id: user });
  const headers = { Authorization: `Bearer ${token}` };
  return (await node.get<{ prompts: unknown[] }>('/api/prompts', { headers })).prompts;
}

for (const [direction, colorScheme] of [
  ['ltr', 'light'],
  ['rtl', 'dark'],
] as const) {
  test(`the prompt is accessible (${direction}, ${colorScheme})`, async () => {
    context = await browser.newContext({
      colorScheme,
      reducedMotion: 'reduce',
      viewport: { width: 360, height: 640 },
    });
    const page = await openPage(context, node.app, { ...withTokens(`axe-${direction}`), direction });
    await page.locator('#name').focus();
    await threeProjects(page);
    await card(page).waitFor();

    // Through the console, because the page's policy allows no foreign script.
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      const { run } = (window as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } })
        .axe;
      return (await run()).violations.map(({ id }) => id);
    });
    assert.deepEqual(violations, []);
    assert.equal(await page.getByRole('dialog', { name: 'You are on a roll' }).count(), 1);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'name', 'the focus stays');
    assert.equal(await card(page).getAttribute('aria-modal'), null);
    assert.equal(await card(page).evaluate((element) => getComputedStyle(element).animationName), 'none');
    const box = (await card(page).boundingBox())!;
    assert.ok(box.x >= 0 && box.x + box.width <= 360, JSON.stringify(box));
    assert.equal(await card(page).evaluate((element) => getComputedStyle(element).direction), direction);

    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    assert.match(
      await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.id ?? ''),
      /snooze/,
    );
    await page.keyboard.press('Escape');
    await card(page).waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'name', 'the focus is led back');
    await until('the node knows it', async () => (await pending(`axe-${direction}`)).length === 0);
    await context.close();
  });
}

test('a page that prevents the default shows its own prompt; an upgrade takes it back', async () => {
  const page = await open(withTokens('own'));
  await page.evaluate(() =>
    window.addEventListener('show-upgrade-prompt', (event) => event.preventDefault()),
  );
  await threeProjects(page);
  await until('the page was told', () =>
    page.evaluate(() => (window as unknown as PageWindow).prompts.length === 1),
  );
  const [prompt] = await page.evaluate(() => (window as unknown as PageWindow).prompts);
  assert.deepEqual([prompt?.event, prompt?.count], ['project_created', 3]);
  assert.equal(await card(page).count(), 0);
  assert.notEqual(await page.evaluate(() => (window as unknown as PageWindow).growth.prompts.current), null);

  await node.post('/demo/api/upgrade', { user_id: 'own' });
  await until('it is taken back', () =>
    page.evaluate(() => (window as unknown as PageWindow).growth.prompts.current === null),
  );
  await until('the features of the plan are there', () =>
    page.evaluate(() => (window as unknown as PageWindow).growth.entitlements.can('advanced_export')),
  );
  assert.equal(
    await page.evaluate(() => (window as unknown as PageWindow).growth.entitlements.remaining('api_calls')),
    10_000,
  );
  await silent(page);
  await context.close();
});
