import { formatMoney } from '../../src/components/ui/format';
import { expect, signIn, streamOnce, test } from './support/product';

test('a streamed request shows up at once: the balance falls by exactly its price', async ({
  page,
  product,
  tenant,
}) => {
  await signIn(page, product);
  const balance = page.getByTestId('available-balance');
  const before = await tenant();
  await expect(balance).toHaveText(formatMoney(before.available));

  const traceId = `e2e-${Date.now()}`;
  expect((await streamOnce(product, traceId)).length).toBeGreaterThan(0);

  // The page refreshes itself; nobody reloads.
  const row = page.getByRole('row').filter({ hasText: traceId });
  await expect(row).toContainText('Committed');
  await expect(row).toContainText('sim-fast · streamed · Demo key');
  const after = await tenant();
  const amount = BigInt(before.balance) - BigInt(after.balance);
  expect(amount).toBeGreaterThan(0n);
  await expect(row).toContainText(formatMoney(String(-amount)));
  await expect(row).toContainText(formatMoney(after.balance));
  await expect(balance).toHaveText(formatMoney(after.available));
  expect(after.dailyUsed).toBe(before.dailyUsed + 1);
  await expect(page.getByText('Today').locator('..')).toContainText(String(after.dailyUsed));
});

test('keys show how they begin and when they were used, never the key', async ({
  page,
  product,
}) => {
  await streamOnce(product, `key-${Date.now()}`);
  await signIn(page, product);
  await page.getByRole('navigation').getByRole('link', { name: 'Keys' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Keys');
  const row = page.getByRole('row').filter({ hasText: 'Demo key' });
  await expect(row).toContainText('Active');
  await expect(row).toContainText(product.apiKey.slice(0, 6));
  await expect(row).toContainText(new Date().toISOString().slice(0, 10));
  expect(await page.content()).not.toContain(product.apiKey);
});

test('the first request can be copied from the overview and holds no secret', async ({
  page,
  product,
}) => {
  await signIn(page, product);
  const example = page.locator('pre');
  await expect(example).toContainText(`curl -N ${product.baseUrl}/chat/completions`);
  await expect(example).toContainText('$TALLYGATE_API_KEY');
  await page.getByRole('radio', { name: 'Python' }).check();
  await expect(example).toContainText(`base_url="${product.baseUrl}"`);
  expect(await page.content()).not.toContain(product.apiKey);
});
