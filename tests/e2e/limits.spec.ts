import { readFileSync } from 'node:fs';
import { formatMoney } from '../../src/components/ui/format';
import { costOf, parsePrice } from '../../src/server/domain/pricing';
import { lettersTo } from './support/mail-server';
import { expect, signIn, streamOnce, test } from './support/product';

const webhookCalls = (): readonly { readonly type: string }[] =>
  readFileSync(process.env.E2E_WEBHOOKS ?? '', 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

test('a budget is set, money is spent, and the letter and the webhook arrive; by keyboard alone', async ({
  page,
  product,
}) => {
  test.slow();
  await signIn(page, product);
  await page.goto('/limits');
  await page.getByRole('button', { name: 'Set a budget' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Budget for a month' });
  await dialog.getByLabel('US dollars a month').focus();
  await page.keyboard.type('zero');
  await page.keyboard.press('Enter');
  await expect(dialog.getByText('An amount over 0')).toBeVisible();
  await dialog.getByLabel('US dollars a month').fill('0.000000001');
  await page.keyboard.press('Enter');
  await expect(page.getByText('The budget is saved.')).toBeVisible();
  await expect(dialog).toBeHidden();

  await page.getByRole('button', { name: 'Add a webhook' }).click();
  const hook = page.getByRole('dialog', { name: 'Webhook' });
  await hook.getByLabel('Address').fill('http://10.0.0.1/');
  await page.keyboard.press('Enter');
  await expect(hook.getByText('An https:// address on the public internet')).toBeVisible();
  await hook.getByLabel('Address').fill(process.env.E2E_WEBHOOK_URL ?? '');
  await page.keyboard.press('Enter');
  const secret = page.getByRole('dialog', { name: 'The webhook’s secret' });
  await expect(secret.getByText(/^whsec_/)).toBeVisible();
  await secret.getByRole('button', { name: 'Done' }).press('Enter');
  await page.getByRole('button', { name: 'Test', exact: true }).press('Enter');
  const sent = page.getByRole('listitem').filter({ hasText: 'Call to 127.0.0.1' });
  await expect(sent.filter({ hasText: 'Test' }).getByText('Sent', { exact: true })).toBeVisible();

  await streamOnce(product, `budget-${Date.now()}`);
  await expect(
    sent.filter({ hasText: 'Budget threshold reached' }).getByText('Sent', { exact: true }),
  ).toBeVisible({ timeout: 60_000 });
  await expect
    .poll(() => lettersTo(process.env.E2E_LETTERS ?? '', product.email).join('\n'))
    .toContain('of its budget of $0.000000001');
  expect(webhookCalls().map(({ type }) => type)).toEqual([
    'webhook.test',
    'budget.threshold_reached',
  ]);
});

test('the limits say what is left, and each refusal what it means here', async ({
  page,
  product,
  tenant,
}) => {
  await signIn(page, product);
  await page.goto('/limits');
  const { available } = await tenant();
  await expect(page.getByRole('main').getByText(formatMoney(available)).first()).toBeVisible();
  await expect(page.getByText('Demo key')).toBeVisible();
  await page.getByRole('link', { name: 'What a refusal means' }).press('Enter');
  await expect(page.getByRole('heading', { name: 'What a refusal means', level: 1 })).toBeVisible();
  const money = page.locator('#insufficient_quota');
  await expect(money).toContainText('402');
  await expect(money).toContainText(`${formatMoney(available)} left to spend`);
});

test('the calculator prices a request exactly as the gateway does, for every model', async ({
  page,
  product,
  request,
}) => {
  const reply = await request.get('/api/admin/v1/models', {
    headers: { authorization: `Bearer ${product.adminToken}` },
  });
  const { items } = await reply.json();
  await signIn(page, product);
  await page.goto('/models');
  await page.getByLabel('Input tokens').fill('12345');
  await page.getByLabel('Output tokens').fill('678');
  await page.getByLabel('Requests').fill('3');
  await expect(page).toHaveURL(/in=12345/);
  for (const model of items) {
    const price = {
      input: parsePrice(model.inputPrice) ?? -1n,
      output: parsePrice(model.outputPrice) ?? -1n,
      cachedInput: null,
    };
    const usage = { inputTokens: 12_345, outputTokens: 678, cachedTokens: 0, reasoningTokens: 0 };
    const cost = 3n * costOf(price, usage);
    const row = page.getByRole('row').filter({ has: page.getByText(model.id, { exact: true }) });
    await expect(row.getByRole('cell').last()).toContainText(formatMoney(String(cost)));
  }
  await page.getByRole('searchbox').fill('no such model');
  await expect(page.getByText('No such model')).toBeVisible();
});
