import { expect, newAddress, signIn, test } from './support/product';

test('what a member does is in the log: who, what and from where, and as a file', async ({
  page,
  product,
}) => {
  await signIn(page, product);
  await page.goto('/members');
  const email = newAddress('logged');
  await page.getByRole('button', { name: 'Invite' }).click();
  await page.getByLabel('Email').fill(email);
  await page.getByRole('button', { name: 'Send invitation' }).click();
  await expect(page.getByRole('dialog', { name: 'Invite somebody' })).toBeHidden();

  await page.getByRole('navigation').getByRole('link', { name: 'Activity' }).click();
  const row = page.getByRole('table').getByRole('row').filter({ hasText: email });
  await expect(row).toContainText('Invited somebody');
  await expect(row).toContainText(product.email);
  await expect(row).toContainText('Chrome on Linux');

  await page.getByLabel('What').selectOption('Revoked a key');
  await expect(page).toHaveURL(/\/activity\?action=key\.revoke$/);
  await expect(row).toBeHidden();
  await page.goBack();
  await row.getByRole('button', { name: 'Invited somebody' }).focus();
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'Invited somebody' });
  await expect(drawer).toContainText('127.0.0.1');
  await expect(drawer).toContainText(email);
  await page.keyboard.press('Escape');
  await expect(row.getByRole('button', { name: 'Invited somebody' })).toBeFocused();

  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export CSV' }).click();
  expect((await downloading).suggestedFilename()).toMatch(/^activity-\d{4}-\d\d-\d\d\.csv$/);
});
