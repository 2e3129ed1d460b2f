import { readFileSync } from 'node:fs';
import type { Locator, Page } from '@playwright/test';
import OpenAI from 'openai';
import { formatMoney } from '../../src/components/ui/format';
import { violations } from './support/axe';
import { expect, newAddress, signIn, streamOnce, test } from './support/product';
import { signUp } from './support/sign-up';

const today = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });
const usageTable = 'Usage by';

/** The choice is kept in the address, and drawn from there; a click may come before the script does. */
const choose = (page: Page, name: string) =>
  expect(async () => {
    await page.getByRole('radio', { name }).click();
    await expect(page.getByRole('radio', { name })).toBeChecked({ timeout: 1_000 });
  }).toPass();

/** Requests of all rows but the last, which adds them up. */
const countedIn = (table: Locator): Promise<number> =>
  table.getByRole('row').evaluateAll((rows) =>
    rows
      .filter((row) => !row.textContent.startsWith('Total'))
      .map((row) => Number(row.querySelector('td')?.textContent ?? 0))
      .reduce((sum, count) => sum + count, 0),
  );

test('figures move while requests run, without a reload: the held amount, the day, the chart', async ({
  page,
  product,
  tenant,
}) => {
  await streamOnce(product, `live-first-${Date.now()}`);
  await signIn(page, product);
  await page.evaluate(() => Object.assign(window, { isSamePage: true }));
  const { dailyUsed, balance } = await tenant();
  const client = new OpenAI({ baseURL: product.baseUrl, apiKey: product.apiKey, maxRetries: 0 });
  const script = { outputTokens: 300, ttftMs: 0, perTokenMs: 25 };
  const stream = await client.chat.completions.create({
    model: 'sim-fast',
    stream: true,
    messages: [{ role: 'user', content: `[[sim: ${JSON.stringify(script)}]]` }],
  });
  await expect(page.getByText('held for 1 in flight')).toBeVisible();
  for await (const _ of stream);
  await expect(page.getByText('Nothing is held')).toBeVisible();
  const after = await tenant();
  expect(after.balance).not.toBe(balance);
  await expect(page.getByTestId('available-balance')).toHaveText(formatMoney(after.available));
  const day = page.getByRole('heading', { name: /^Today/ }).locator('..');
  await expect(day).toContainText(String(dailyUsed + 1));
  await expect(page.getByTestId('figure-requests')).toHaveText(String(dailyUsed + 1));
  expect(await page.evaluate(() => Reflect.get(window, 'isSamePage'))).toBe(true);
});

test('usage by day, by hour, by model and by key counts the same requests, in the address', async ({
  page,
  product,
  tenant,
}) => {
  await streamOnce(product, `usage-${Date.now()}`);
  const used = String((await tenant()).dailyUsed);
  await signIn(page, product);
  await page.getByRole('navigation').getByRole('link', { name: 'Usage' }).click();
  const table = page.getByRole('table', { name: usageTable });
  const row = (name: string) => table.getByRole('row').filter({ hasText: name });
  await expect(row(today.format()).getByRole('cell').first()).toHaveText(used);
  await choose(page, 'Model');
  await expect(page).toHaveURL(/by=model/);
  await expect(row('sim-fast')).toBeVisible();
  await expect.poll(() => countedIn(table)).toBe(Number(used));
  await choose(page, 'Key');
  await expect(row('Demo key')).toBeVisible();
  await expect.poll(() => countedIn(table)).toBe(Number(used));
  await page.getByLabel('Time', { exact: true }).selectOption('24h');
  await choose(page, 'Hour');
  await expect(page).toHaveURL(/range=24h/);
  await expect(row('Total').getByRole('cell').first()).toHaveText(used);
  await page.reload();
  await expect(page.getByRole('radio', { name: 'Hour' })).toBeChecked();
  await expect(row('Total').getByRole('cell').first()).toHaveText(used);
  await page.goBack();
  await expect(page).not.toHaveURL(/by=hour/);
});

test('the chart shows what is chosen, is read by the arrow keys, and is compared with the period before', async ({
  page,
  product,
  tenant,
}) => {
  await streamOnce(product, `chart-${Date.now()}`);
  const used = (await tenant()).dailyUsed;
  await signIn(page, product);
  await page.goto('/usage');
  await choose(page, 'Requests');
  await expect(page).toHaveURL(/metric=requests/);
  const chart = page.getByRole('slider', { name: /Requests over time/ });
  await chart.focus();
  await expect(chart).toHaveAttribute('aria-valuetext', `${today.format()}: ${used}`);
  await expect(page.getByRole('figure')).toContainText(`${today.format()} UTC`);
  await page.keyboard.press('ArrowLeft');
  await expect(chart).toHaveAttribute('aria-valuetext', /: 0$/);
  await expect(page.getByRole('figure')).not.toContainText(`${today.format()} UTC`);
  await page.getByRole('switch', { name: 'Compare with the period before' }).click();
  await expect(page).toHaveURL(/compare=1/);
  await expect(page.getByRole('figure')).toContainText('0 in the period before');
  await expect(page.getByRole('columnheader', { name: 'Requests before' })).toBeVisible();
});

test('the figures come as a CSV that adds up to what was spent', async ({
  page,
  product,
  request,
  tenant,
}) => {
  await streamOnce(product, `csv-${Date.now()}`);
  const { dailyUsed } = await tenant();
  await signIn(page, product);
  await page.goto('/usage?by=key');
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export CSV' }).click();
  const file = await downloading;
  expect(file.suggestedFilename()).toMatch(/^usage-\d{4}-\d\d-\d\d\.csv$/);
  const [head = '', ...lines] = readFileSync(await file.path(), 'utf8')
    .trim()
    .split('\r\n');
  expect(head).toContain('period_utc,model,key_id,key_name,requests,failed');
  const counts = lines.map((line) => Number(line.split(',')[4]));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(dailyUsed);
  const path = '/api/portal/usage.csv?range=30d&by=day';
  expect((await request.get(path)).status()).toBe(401);
  expect((await page.request.get(`${path}&tenantId=x`)).status()).toBe(200);
  expect((await page.request.get('/api/portal/usage.csv?range=1y&by=day')).status()).toBe(400);
});

test('whoever is new makes a key, pastes the snippet and watches the first call arrive', async ({
  page,
  product,
}) => {
  await signUp(page, newAddress('first'), 'First Caller');
  await expect(
    page.getByRole('heading', { name: 'Your first call, in three steps' }),
  ).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Create key' }).click();
  const key = (await page.getByTestId('new-key').textContent()) ?? '';
  await expect(page.locator('pre').first()).toContainText(key);
  await expect(page.getByText('Waiting for the first request')).toBeVisible();
  await streamOnce({ ...product, apiKey: key }, `first-${Date.now()}`);
  await expect(page.getByRole('status').filter({ hasText: 'tokens' })).toContainText('Committed');
  await page.getByRole('button', { name: 'Go to the overview' }).click();
  await expect(page.getByText('Your first call, in three steps')).toBeHidden();
  await expect(page.getByTestId('figure-requests')).toHaveText('1');
});
