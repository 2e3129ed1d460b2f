import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { z } from 'zod';
import { violations } from './support/axe';
import { expect, newAddress, type Quickstart, signIn, test } from './support/product';
import { PASSWORD } from './support/sign-up';

const invitation = z.object({ url: z.url() });
const created = z.object({ id: z.uuid() });

/** Presses the button and reads the file: its name and its lines without the head. */
async function exported(page: Page) {
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export CSV' }).click();
  const download = await downloading;
  const [, ...lines] = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\r\n');
  return { name: download.suggestedFilename(), lines };
}

/** A tenant of its own with so many keys, and its owner signed in. */
async function withKeys(page: Page, product: Quickstart, count: number): Promise<void> {
  const post = async (path: string, data: object) => {
    const headers = { authorization: `Bearer ${product.adminToken}` };
    const reply = await page.request.post(`/api/admin/v1/${path}`, { headers, data });
    expect(reply.status(), path).toBe(200);
    return await reply.json();
  };
  const { id: tenantId } = created.parse(await post('tenants', { name: 'Many keys' }));
  for (let n = 1; n <= count; n += 1) {
    await post(`tenants/${tenantId}/keys`, { name: `key ${String(n).padStart(3, '0')}` });
  }
  const offer = { email: newAddress('many'), role: 'owner' };
  const { url } = invitation.parse(await post(`tenants/${tenantId}/invitations`, offer));
  await page.goto(url);
  await page.getByLabel('Your name or your organisation’s').fill('Mona');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account and join' }).click();
  await expect(page.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible();
}

test('keys come page by page, a search begins at the first, and the file has all that it finds', async ({
  page,
  product,
}) => {
  await withKeys(page, product, 112);
  await page.goto('/keys');
  const rows = page.getByRole('table').getByRole('row').filter({ hasText: 'key' });
  await expect(page.getByText('1–50 of 112')).toBeVisible();
  await expect(rows).toHaveCount(50);
  await expect(page.getByRole('button', { name: 'Previous' })).toBeDisabled();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByText('101–112 of 112')).toBeVisible();
  await expect(rows).toHaveCount(12);
  await expect(page.getByRole('button', { name: 'Next' })).toBeDisabled();
  await page.getByRole('searchbox').fill('KEY 0');
  await expect(page.getByText('1–50 of 99')).toBeVisible();
  expect(await violations(page)).toEqual([]);
  const { name, lines } = await exported(page);
  expect(name).toMatch(/^keys-\d{4}-\d\d-\d\d\.csv$/);
  expect(lines).toHaveLength(99);
  expect(lines.join('\n')).not.toContain(',key 1');
  await page.getByRole('searchbox').fill('key 07');
  await expect(rows).toHaveCount(10);
  await expect(page.getByRole('button', { name: 'Next' })).toBeHidden();

  await page.goto('/limits');
  await expect(page.getByText('1–10 of 112')).toBeVisible();
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByText('key 102', { exact: true })).toBeVisible();
  await expect(page.getByText('key 112', { exact: true })).toBeHidden();
});

test('models, members and deliveries come as files too', async ({ page, product }) => {
  await signIn(page, product);
  await page.goto('/models?q=fast');
  const models = await exported(page);
  expect(models.name).toMatch(/^models-/);
  expect(models.lines.map((line) => line.split(',')[0])).toEqual(['sim-fast']);
  await page.goto('/members');
  const members = await exported(page);
  expect(members.name).toMatch(/^members-/);
  expect(members.lines.some((line) => line.startsWith(`member,${product.email},`))).toBe(true);
  await page.goto('/limits');
  expect((await exported(page)).name).toMatch(/^deliveries-/);
});
