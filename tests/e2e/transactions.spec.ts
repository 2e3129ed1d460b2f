import { readFileSync } from 'node:fs';
import type { Download, Page } from '@playwright/test';
import { formatMoney } from '../../src/components/ui/format';
import { expect, signIn, streamOnce, test } from './support/product';

const rows = (page: Page) => page.getByRole('table', { name: 'Transactions' }).locator('tbody tr');
const traceButton = (page: Page, traceId: string) =>
  page.getByRole('table').getByRole('button', { name: traceId, exact: true });

test('what is shown is in the address: it can be shared, and the back button undoes it', async ({
  page,
  product,
}) => {
  const traceId = `find_me-${Date.now()}`;
  await streamOnce(product, traceId);
  await signIn(page, product);
  await page.getByRole('navigation').getByRole('link', { name: 'Transactions' }).click();
  await page.getByRole('searchbox').fill(' find_me- ');
  await expect(rows(page)).toHaveCount(1);
  await page.getByLabel('Kind').selectOption('Charge');
  await page.getByLabel('Status').selectOption('Voided');
  await expect(page.getByText('Nothing matches')).toBeVisible();
  await expect(page).toHaveURL(/\?trace=find_me-&kind=charge&status=VOIDED$/);
  await page.goBack();
  await expect(rows(page)).toHaveCount(1);
  await expect(page.getByLabel('Status')).toHaveValue('');

  // As somebody else opens it: the first view is the server's.
  await page.goto('/transactions?range=7d&kind=charge&model=sim-fast&trace=find_me-&max=1');
  await expect(rows(page)).toHaveText([new RegExp(traceId)]);
  await page.getByRole('button', { name: 'Amount: Up to $1' }).click();
  await page.getByLabel('From $').fill('1,5');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByRole('alert')).toHaveText('Such as 0.50');
  await page.getByLabel('From $').fill('0.5');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText('Nothing matches')).toBeVisible();
  await page.getByRole('button', { name: 'Clear the filters' }).last().click();
  await expect(page).toHaveURL(/\/transactions$/);
  await expect(traceButton(page, 'demo-topup')).toBeVisible();

  // Wildcards are letters here: a percent sign does not stand for anything.
  await page.getByRole('searchbox').fill('find%me');
  await expect(page.getByText('Nothing matches')).toBeVisible();
});

test('a search keeps a space that is typed before a pause', async ({ page, product }) => {
  await signIn(page, product);
  await page.goto('/transactions');
  await page.getByRole('searchbox').pressSequentially('two ');
  await expect(page).toHaveURL(/trace=two$/);
  await page.getByRole('searchbox').pressSequentially('words');
  await expect(page.getByRole('searchbox')).toHaveValue('two words');
  await expect(page).toHaveURL(/trace=two\+words$/);
  await page.goto('/transactions?trace=two');
  await page.getByRole('button', { name: 'Clear the filters' }).first().click();
  await expect(page.getByRole('searchbox')).toHaveValue('');
  await page.goBack();
  await expect(page.getByRole('searchbox')).toHaveValue('two');
});

test('a receipt opens by the keyboard, has the whole charge, and gives the focus back', async ({
  page,
  product,
  tenant,
}) => {
  const traceId = `receipt-${Date.now()}`;
  await streamOnce(product, traceId);
  const { balance } = await tenant();
  await signIn(page, product);
  await page.goto('/transactions');
  const button = traceButton(page, traceId);
  await button.focus();
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'Receipt' });
  await expect(drawer).toContainText(traceId);
  for (const word of ['Committed', 'Input', 'Output', 'Held before', 'sim-fast', 'simulator']) {
    await expect(drawer).toContainText(word);
  }
  await expect(drawer).toContainText(formatMoney(balance));
  await expect(page).toHaveURL(new RegExp(`receipt=${traceId}$`));
  await page.keyboard.press('Escape');
  await expect(drawer).toBeHidden();
  await expect(button).toBeFocused();
  await page.goBack();
  await expect(drawer).toBeVisible();
});

const paste = (page: Page, text: string): Promise<void> =>
  page.evaluate((pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
  }, text);

test('a trace id pasted anywhere, or looked for by / or Ctrl-K, leads to its receipt', async ({
  page,
  product,
}) => {
  const traceId = `pasted-${Date.now()}`;
  await streamOnce(product, traceId);
  await signIn(page, product);
  const receipt = page.getByRole('dialog', { name: 'Receipt' });
  // A page hears nothing before its script is there.
  await expect(async () => {
    await paste(page, traceId);
    await expect(receipt).toContainText(traceId, { timeout: 2_000 });
  }).toPass();
  await expect(page).toHaveURL(new RegExp(`/transactions\\?receipt=${traceId}$`));

  await page.goto('/keys');
  const search = page.getByRole('dialog').getByLabel('Trace id');
  await expect(async () => {
    await page.keyboard.press('/');
    await expect(search).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await search.fill('nobody-has-this');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toHaveText(/No transaction of this organisation/);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await search.fill(traceId);
  await page.keyboard.press('Enter');
  await expect(receipt).toContainText('Committed');
});

/** The lines of a downloaded CSV without its byte order mark, split into cells; no cell has a comma. */
async function tableOf(download: Download): Promise<readonly (readonly string[])[]> {
  const text = readFileSync(await download.path(), 'utf8');
  expect(text.startsWith('\uFEFF')).toBe(true);
  return text
    .slice(1)
    .trim()
    .split('\r\n')
    .map((line) => line.split(','));
}

async function exported(page: Page): Promise<readonly (readonly string[])[]> {
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export CSV' }).click();
  return tableOf(await downloading);
}

const nanoOf = (usd: string): bigint => {
  const [whole = '0', fraction = ''] = usd.replace('-', '').split('.');
  const nano = BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  return usd.startsWith('-') ? -nano : nano;
};

test('the exported ledger adds up to the balance, and follows the filters', async ({
  page,
  product,
  tenant,
}) => {
  const traceId = `export-${Date.now()}`;
  await streamOnce(product, traceId);
  await signIn(page, product);
  await page.goto('/transactions');
  const [head = [], ...all] = await exported(page);
  const amountAt = head.indexOf('amount_usd');
  const sum = all.reduce((nano, cells) => nano + nanoOf(cells[amountAt] ?? ''), 0n);
  expect(String(sum)).toBe((await tenant()).balance);
  await expect(page.getByText(`${all.length} rows are in the file.`)).toBeVisible();

  await page.goto(`/transactions?trace=${traceId}`);
  const [, ...one] = await exported(page);
  expect(one.map((cells) => cells[head.indexOf('trace_id')])).toEqual([traceId]);
});

test('an export says how far it is, and can be stopped', async ({ page, product }) => {
  await signIn(page, product);
  await page.goto('/transactions');
  await page.route('**/transactions.csv**', () => undefined);
  await page.getByRole('button', { name: 'Export CSV' }).click();
  await expect(page.getByText('0 rows, 0 B')).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('button', { name: 'Export CSV' })).toBeFocused();
});
