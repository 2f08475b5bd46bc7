// A page that uses the SDK as a script tag does, under a strict content security policy.
import type { BrowserContext, Page } from 'playwright-core';
import type { Growth, GrowthOptions } from '../../sdk/src/index.ts';

export interface PageWindow extends Window {
  growthbus: { createGrowth(options: GrowthOptions): Growth };
  growth: Growth;
  prompts: { event: string; count: number }[];
  errors: string[];
  tokens: number;
}

export interface PageOptions {
  user?: string;
  key?: string;
  /** Where the node is; absent: where the page is. */
  url?: string;
  /** Address that makes tokens, a user id appended. */
  tokens?: string;
  consent?: 'pending' | 'granted';
  attributes?: Record<string, unknown>;
  direction?: 'ltr' | 'rtl';
  /** Without the guard against loops. */
  unbounded?: boolean;
}

export const html = (script: string, direction = 'ltr'): string => `<!doctype html>
<html lang="en" dir="${direction}"><head><title>A page</title></head>
<body><main><h1>A page</h1><label>Name <input id="name"></label></main><script src="${script}"></script></body></html>`;

export const contentSecurityPolicy = (node: string): string =>
  `default-src 'self'; script-src 'self' ${node}; connect-src 'self' ${node} ${node.replace('http', 'ws')}`;

/** Opens a page of the node's own origin. */
export async function openPage(context: BrowserContext, app: string, options: PageOptions): Promise<Page> {
  const page = await context.newPage();
  await page.route(`${app}/page.html`, (route) =>
    route.fulfill({
      contentType: 'text/html; charset=utf-8',
      headers: { 'Content-Security-Policy': contentSecurityPolicy(app) },
      body: html('/sdk/growthbus.js', options.direction),
    }),
  );
  await page.goto(`${app}/page.html`);
  await startGrowth(page, options);
  return page;
}

/** Starts the SDK in a page that has loaded its script. */
export async function startGrowth(page: Page, options: PageOptions): Promise<void> {
  // The compiler of the tests marks functions with their names; pages do not know its mark.
  await page.evaluate('globalThis.__name = (marked) => marked');
  await page.evaluate((given) => {
    const self = window as unknown as PageWindow;
    self.prompts = [];
    self.errors = [];
    self.tokens = 0;
    const note = (event: Event) =>
      self.errors.push(String((event as ErrorEvent).message ?? (event as PromiseRejectionEvent).reason));
    self.addEventListener('error', note);
    self.addEventListener('unhandledrejection', note);
    self.addEventListener('show-upgrade-prompt', (event) => self.prompts.push((event as CustomEvent).detail));
    const { user, key, url, tokens, consent, attributes, unbounded } = given;
    self.growth = self.growthbus.createGrowth({
      ...(user ? { user } : {}),
      ...(key ? { key } : {}),
      ...(url ? { url } : {}),
      ...(consent ? { consent } : {}),
      ...(attributes ? { attributes } : {}),
      ...(unbounded ? { rate: { perSecond: 1e6, burst: 1e6 } } : {}),
      ...(tokens
        ? {
            userToken: async () => {
              self.tokens++;
              const answer = await fetch(tokens, { method: 'POST', body: JSON.stringify({ user_id: user }) });
              return ((await answer.json()) as { token: string }).token;
            },
          }
        : {}),
      onError: () => {},
    });
  }, options);
}

/** Notes events named `e` with the numbers from `from` up to, not including, `to`. */
export async function trackMany(page: Page, from: number, to: number, name = 'e'): Promise<void> {
  await page.evaluate(
    ([begin, end, event]) => {
      for (let i = begin; i < end; i++) (window as unknown as PageWindow).growth.track(event, { i });
    },
    [from, to, name] as const,
  );
}
