import type { Page } from '@playwright/test';
import { pageSizes } from '../helpers/page-sizes';
import { expect, PAGES, signIn, test, watchComplaints } from './support/product';

const background = (page: Page) =>
  page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const DARK = 'rgb(11, 13, 11)';
const LIGHT = 'rgb(250, 250, 248)';

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });

  test('no page scrolls sideways, and the navigation is in reach', async ({ page, product }) => {
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    await page.goto('/sign-in');
    expect(await overflow()).toBeLessThanOrEqual(0);
    await signIn(page, product);
    for (const path of PAGES) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      expect(await overflow(), path).toBeLessThanOrEqual(0);
      await expect(page.getByRole('navigation').getByRole('link')).toHaveCount(4);
      await expect(page.getByRole('navigation')).toBeInViewport();
    }
  });

  test('a long name of the organisation is cut short before it covers what stands beside it', async ({
    page,
    product,
  }) => {
    await signIn(page, product);
    const bar = page.getByRole('banner');
    const account = bar.getByRole('button', { name: /Demo/ });
    await account
      .locator('span')
      .filter({ hasText: /^Demo$/, visible: true })
      .evaluate((name) => {
        name.textContent = 'Northwind Trading Company of Copenhagen';
      });
    const edges = await bar
      .locator(':scope > a, :scope > button, :scope > div button')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON() as DOMRect))
      .then((boxes) => boxes.filter(({ width }) => width > 0));
    expect(edges).toHaveLength(6);
    for (const [place, { left }] of edges.entries()) {
      expect(left, String(place)).toBeGreaterThanOrEqual(edges[place - 1]?.right ?? 0);
    }
  });

  test('what has no room in the bar is behind “More”, by touch and by keyboard', async ({
    page,
    product,
  }) => {
    await signIn(page, product);
    await page.goto('/usage');
    const more = page.getByRole('navigation').getByRole('button', { name: 'More' });
    await more.tap();
    const sheet = page.getByRole('dialog', { name: 'More' });
    await sheet.getByRole('link', { name: 'Members' }).tap();
    await expect(page.getByRole('heading', { name: 'Members', level: 1 })).toBeVisible();
    await expect(sheet).toBeHidden();
    await expect(more).toHaveAttribute('aria-current', 'page');
    await more.focus();
    await page.keyboard.press('Enter');
    await expect(sheet).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(sheet).toBeHidden();
    await expect(more).toBeFocused();
  });
});

test.describe('dark', () => {
  test.use({ colorScheme: 'dark' });

  test('follows the system until the user chooses, and remembers the choice', async ({ page }) => {
    await page.goto('/sign-in');
    expect(await background(page)).toBe(DARK);
    await page.getByRole('button', { name: 'Theme: system' }).click();
    await expect(page.getByRole('button', { name: 'Theme: light' })).toBeVisible();
    expect(await background(page)).toBe(LIGHT);
    await page.reload();
    expect(await background(page)).toBe(LIGHT);
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.getByRole('button', { name: 'Theme: dark' }).click();
    await page.reload();
    expect(await background(page)).toBe(DARK);
  });
});

test.describe('in Chinese', () => {
  test.use({ locale: 'zh-CN' });

  test('speaks the browser’s language and switches to English for good', async ({
    page,
    product,
  }) => {
    await page.goto('/sign-in');
    await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
    await page.getByLabel('邮箱').fill(product.email);
    await page.getByLabel('密码').fill(product.password);
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await expect(page.getByRole('heading', { name: '概览', level: 1 })).toBeVisible();
    await expect(page).toHaveTitle('概览 · Tallygate');
    await page.getByRole('button', { name: '切换到英文' }).click();
    await expect(page.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible();
    await page.goto('/keys');
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  });
});

test('loads nothing from elsewhere, runs no script that was not served, and frames nowhere', async ({
  page,
  product,
  baseURL,
}) => {
  const complaints = watchComplaints(page);
  const foreign: string[] = [];
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== baseURL && protocol !== 'data:') foreign.push(request.url());
  });
  const nonces = new Set<string>();
  await signIn(page, product);
  for (const path of PAGES) {
    const reply = await page.goto(path);
    const headers = reply?.headers() ?? {};
    const policy = headers['content-security-policy'] ?? '';
    nonces.add(/'nonce-([^']+)'/.exec(policy)?.[1] ?? '');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe-(inline|eval)/);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('same-origin');
    expect(headers['strict-transport-security']).toBeUndefined();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  }
  expect(nonces.size).toBe(PAGES.length);
  expect(foreign).toEqual([]);
  expect(complaints).toEqual([]);
});

test('a page names no script that it is not measured by', async ({ page, product }) => {
  await signIn(page, product);
  const sizes = new Map((await pageSizes()).pages.map(({ path, scripts }) => [path, scripts]));
  for (const path of PAGES) {
    const html = await (await page.request.get(path)).text();
    const named = [...html.matchAll(/<script src="\/_next\/([^"]+)"[^>]*>/g)]
      .filter(([tag]) => !tag.toLowerCase().includes('nomodule'))
      .map(([, script = '']) => decodeURIComponent(script));
    expect(named.length, path).toBeGreaterThan(10);
    expect(sizes.get(path), path).toEqual(expect.arrayContaining(named));
  }
});

test('an unknown address is a page that leads home', async ({ page, product }) => {
  await signIn(page, product);
  const reply = await page.goto('/no-such-page');
  expect(reply?.status()).toBe(404);
  await page.getByRole('link', { name: 'Back to the overview' }).click();
  await expect(page.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible();
});

test('what the server drew is not asked for again at once', async ({ page, product }) => {
  await signIn(page, product);
  const asked = page.waitForRequest((request) => request.url().includes('/api/trpc/portal.limits'));
  await page.goto('/limits');
  const drawnAtMs = Date.now();
  await asked;
  expect(Date.now() - drawnAtMs).toBeGreaterThan(3_000);
});

test('says so when the server cannot be reached, and recovers by itself', async ({
  page,
  product,
}) => {
  await signIn(page, product);
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await page.route('**/api/trpc/**', (route) => route.abort());
  await expect(page.getByText('Connection lost, trying again')).toBeVisible();
  await page.unroute('**/api/trpc/**');
  await expect(page.getByText('Live', { exact: true })).toBeVisible({ timeout: 20_000 });
});
