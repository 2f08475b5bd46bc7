import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../src/chromium.ts';
import { NodeProcess } from '../src/node-process.ts';

const pictures = fileURLToPath(new URL('../target/', import.meta.url));
let node: NodeProcess;
let browser: Browser;

before(async () => {
  mkdirSync(pictures, { recursive: true });
  // One after the other: what has started is known to after() when the next one fails.
  browser = await launchChromium();
  node = await NodeProcess.start();
});

after(async () => {
  await browser?.close();
  await node?.stop();
  node?.removeData();
});

/** The demo of a user, connected; complaints of the page are collected. */
async function open(user: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${node.app}/demo/?user=${user}`);
  await page.getByTestId('connection').getByText('connected').waitFor();
  return { page, complaints };
}

async function createProjects(page: Page, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await page.getByTestId('create-project').click();
}

test('three projects raise the prompt, the upgrade takes it back, reload and restart keep the plan', async () => {
  const { page, complaints } = await open('ada');
  await page.getByTestId('tier').getByText('free').waitFor();
  assert.equal(await page.getByTestId('flag-advanced_export').textContent(), 'on');

  await createProjects(page, 3);
  const prompt = page.getByTestId('prompt');
  await prompt.waitFor();
  assert.match((await prompt.textContent()) ?? '', /3 projects so far/);
  await page.screenshot({ path: `${pictures}demo-prompt.png`, fullPage: true });

  await page.getByTestId('upgrade').click();
  await prompt.waitFor({ state: 'detached' });
  await page.getByTestId('tier').getByText('pro').waitFor();

  await page.reload();
  await page.getByTestId('tier').getByText('pro').waitFor();
  await page.getByTestId('connection').getByText('connected').waitFor();
  assert.equal(await prompt.count(), 0);
  assert.deepEqual(complaints, []);
  await page.close();

  assert.equal(await node.stop(), 0);
  node = await NodeProcess.start({ dataDir: node.dataDir });
  const again = await open('ada');
  await again.page.getByTestId('tier').getByText('pro').waitFor();
  assert.equal(await again.page.getByTestId('prompt').count(), 0);
  await again.page.close();
});

test('a prompt that nobody handled survives a reload, a dismissed one does not come back', async () => {
  const { page } = await open('grace');
  await createProjects(page, 3);
  await page.getByTestId('prompt').waitFor();

  await page.reload();
  await page.getByTestId('prompt').waitFor();

  await page.keyboard.press('Escape');
  await page.getByTestId('prompt').waitFor({ state: 'detached' });
  await waitForState('grace', 'dismissed');
  await page.reload();
  await page.getByTestId('connection').getByText('connected').waitFor();
  const token = await tokenOf('grace');
  const pending = await node.get<{ prompts: unknown[] }>('/api/prompts', {
    headers: { Authorization: `Bearer ${token}` },
  });
  assert.deepEqual(pending.prompts, []);
  assert.equal(await page.getByTestId('prompt').count(), 0);
  await page.close();
});

test('the prompt leaves the focus where it is and can be reached and used by keyboard', async () => {
  const { page } = await open('hedy');
  await createProjects(page, 3);
  await page.getByTestId('prompt').waitFor();

  assert.equal(await page.evaluate(() => document.activeElement?.id), 'create-project');
  const role = await page.getByRole('dialog', { name: 'You are on a roll' }).count();
  assert.equal(role, 1);
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => (document.activeElement as HTMLElement).dataset['testid']);
    if (at === 'prompt-dismiss') break;
  }
  await page.keyboard.press('Enter');
  await page.getByTestId('prompt').waitFor({ state: 'detached' });
  await page.close();
});

test('on a narrow dark screen the page and the prompt fit', async () => {
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
  const page = await context.newPage();
  await page.goto(`${node.app}/demo/?user=joan`);
  await page.getByTestId('connection').getByText('connected').waitFor();
  await createProjects(page, 3);
  await page.getByTestId('prompt').waitFor();

  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(overflow <= 0, `the page is ${overflow} px too wide`);
  const box = await page.getByTestId('prompt').boundingBox();
  assert.ok(box && box.x >= 0 && box.x + box.width <= 360, JSON.stringify(box));
  await page.screenshot({ path: `${pictures}demo-narrow.png` });
  await context.close();
});

async function tokenOf(user: string): Promise<string> {
  return (await node.post<{ token: string }>('/api/auth/user-token', { user_id: user })).token;
}

/** The acknowledgement of a page travels on its own; the prompt list tells when it has arrived. */
async function waitForState(user: string, what: string): Promise<void> {
  const { until } = await import('../src/until.ts');
  const token = await tokenOf(user);
  await until(`the prompt of ${user} is ${what}`, async () => {
    const { prompts } = await node.get<{ prompts: unknown[] }>('/api/prompts', {
      headers: { Authorization: `Bearer ${token}` },
    });
    return prompts.length === 0;
  });
}
