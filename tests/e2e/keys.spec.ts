import type { Locator, Page } from '@playwright/test';
import OpenAI from 'openai';
import { violations } from './support/axe';
import { expect, type Quickstart, signIn, test, watchComplaints } from './support/product';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

const openKeys = async (page: Page, product: Quickstart): Promise<void> => {
  await signIn(page, product);
  await page.goto('/keys');
};
const rowOf = (page: Page, name: string): Locator =>
  page.getByRole('row').filter({ hasText: name });
const clipboard = (page: Page): Promise<string> =>
  page.evaluate(() => navigator.clipboard.readText());

async function act(page: Page, name: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: action, exact: true }).click();
}

/** Status of one request with a key, as OpenAI's own client sees it. */
async function statusOf(product: Quickstart, apiKey: string): Promise<number> {
  const client = new OpenAI({ baseURL: product.baseUrl, apiKey, maxRetries: 0 });
  try {
    await client.chat.completions.create({
      model: 'sim-fast',
      messages: [{ role: 'user', content: 'Count to five.' }],
    });
    return 200;
  } catch (error) {
    if (error instanceof OpenAI.APIError && error.status !== undefined) return error.status;
    throw error;
  }
}

test('a key from its making to its end: used, seen, rotated with an overlap, revoked', async ({
  page,
  product,
}) => {
  test.slow();
  const complaints = watchComplaints(page);
  await openKeys(page, product);
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Life of a key');
  await page.getByRole('button', { name: 'Add a quota' }).click();
  await page.getByLabel('What', { exact: true }).selectOption('requests');
  await page.getByLabel('For how long').selectOption('daily');
  await page.getByLabel('At most').fill('2.5');
  await page.getByRole('button', { name: 'Create key' }).click();
  await expect(page.getByText('A whole number from 1.')).toBeVisible();
  await page.getByLabel('At most').fill('3');
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.getByRole('button', { name: 'Copy the key' }).click();
  const first = await clipboard(page);
  expect(first).toMatch(/^tg-/);
  await expect(page.getByTestId('new-key')).toHaveText(first);
  const snippet = page.getByRole('tabpanel').locator('pre');
  await expect(snippet).toContainText(`OPENAI_BASE_URL="${product.baseUrl}"`);
  await expect(snippet).toContainText(`OPENAI_API_KEY="${first}"`);
  await page.getByRole('tab', { name: 'TypeScript' }).click();
  await expect(snippet).toContainText(`baseURL: '${product.baseUrl}'`);
  await page.getByRole('button', { name: 'Done' }).click();

  const row = rowOf(page, 'Life of a key');
  await expect(row).toContainText('Never');
  await expect(row).toContainText('0 / 3 requests today');
  expect(await page.content()).not.toContain(first);
  expect(await statusOf(product, first)).toBe(200);
  await expect(row).toContainText('1 / 3 requests today');
  await expect(row).toContainText(new Date().toISOString().slice(0, 10));

  await act(page, 'Life of a key', 'Rotate');
  await page.getByLabel('The old key works for').selectOption('1');
  await page.getByRole('button', { name: 'Rotate' }).click();
  await page.getByRole('button', { name: 'Copy the key' }).click();
  const second = await clipboard(page);
  expect(second).not.toBe(first);
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(row).toContainText(`${first.slice(0, 10)}… works until`);
  expect([await statusOf(product, first), await statusOf(product, second)]).toEqual([200, 200]);
  expect(await statusOf(product, second)).toBe(429);
  await expect(row).toContainText('3 / 3 requests today');

  await act(page, 'Life of a key', 'End the old key');
  await page.getByRole('button', { name: 'End the old key' }).click();
  await expect(row).not.toContainText('works until');
  expect([await statusOf(product, first), await statusOf(product, second)]).toEqual([401, 429]);

  await act(page, 'Life of a key', 'Revoke');
  const revoke = page.getByRole('button', { name: 'Revoke' });
  await expect(revoke).toBeDisabled();
  await page.getByLabel('Type “Life of a key” to confirm').fill('Life of a key');
  await revoke.click();
  await expect(page.getByText('“Life of a key” is revoked.')).toBeVisible();
  await expect(row).toHaveCount(0);
  expect(await statusOf(product, second)).toBe(401);
  await page.getByLabel('Show').selectOption('revoked');
  await expect(row).toContainText('Revoked');
  expect(complaints).toEqual([]);
});

test('a key is edited, disabled and enabled, and the next request meets it', async ({
  page,
  product,
}) => {
  await openKeys(page, product);
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Name', { exact: true }).fill('To be changed');
  await page.keyboard.press('Enter');
  const key = (await page.getByTestId('new-key').textContent()) ?? '';
  await page.keyboard.press('Escape');
  expect(await statusOf(product, key)).toBe(200);

  await act(page, 'To be changed', 'Disable');
  const row = rowOf(page, 'To be changed');
  await expect(row).toContainText('Disabled');
  expect(await statusOf(product, key)).toBe(401);
  await act(page, 'To be changed', 'Enable');
  await expect(row).toContainText('Active');

  await act(page, 'To be changed', 'Edit');
  await page.getByText('Models, addresses and rates').click();
  await page.getByRole('checkbox', { name: 'sim-standard' }).check();
  await page.getByLabel('Addresses').fill('203.0.113.0/24\nnowhere');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('“nowhere” is neither')).toBeVisible();
  await page.getByLabel('Addresses').fill('127.0.0.0/8\n::1');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(row).toContainText('Models: sim-standard');
  await expect(row).toContainText('From: 127.0.0.0/8, ::1');
  expect(await statusOf(product, key)).toBe(403);

  await page.getByRole('searchbox').fill('to be CH');
  await expect(page.getByRole('row')).toHaveCount(2);
  await page.getByRole('searchbox').fill('no such key');
  await page.getByRole('button', { name: 'Clear the search' }).click();
  await page.getByRole('button', { name: 'Name' }).click();
  await expect(page.getByRole('columnheader', { name: 'Name' })).toHaveAttribute(
    'aria-sort',
    'ascending',
  );
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the dialogs of a key meet WCAG AA in ${colorScheme}`, async ({ page, product }) => {
    test.slow();
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await openKeys(page, product);
    const name = `Axe ${colorScheme}`;
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByText('Models, addresses and rates').click();
    await page.getByRole('button', { name: 'Add a quota' }).click();
    await page.getByRole('button', { name: 'Create key' }).click();
    await expect(page.getByText('Give it a name')).toBeVisible();
    expect(await violations(page), 'the form').toEqual([]);
    await page.getByRole('button', { name: 'Remove this quota' }).click();
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByRole('button', { name: 'Create key' }).click();
    await expect(page.getByTestId('new-key')).toBeVisible();
    expect(await violations(page), 'the key').toEqual([]);
    await page.getByRole('button', { name: 'Done' }).click();
    for (const action of ['Edit', 'Rotate', 'Revoke']) {
      await act(page, name, action);
      await expect(
        page.getByRole('heading', { name: new RegExp(`${action}.*${name}`) }),
      ).toBeVisible();
      expect(await violations(page), action).toEqual([]);
      await page.keyboard.press('Escape');
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    }
  });
}

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });

  test('a key is made and read without scrolling sideways', async ({ page, product }) => {
    await openKeys(page, product);
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name', { exact: true }).fill('From a phone');
    await page.getByRole('button', { name: 'Add a quota' }).click();
    await page.getByLabel('At most').fill('25');
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.getByRole('button', { name: 'Create key' }).click();
    const key = page.getByTestId('new-key');
    await expect(key).toBeInViewport();
    const box = await key.boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(360);
    await page.getByRole('button', { name: 'Done' }).click();
    await expect(rowOf(page, 'From a phone')).toContainText('$0.00 / $25.00 spent this month');
    expect(await overflow()).toBeLessThanOrEqual(0);
  });
});
