import { violations } from './support/axe';
import { expect, PAGES, signIn, streamOnce, test } from './support/product';

/** Those that whoever is signed out comes to. */
const SIGNED_OUT = [
  '/sign-in',
  '/sign-up',
  '/forgot-password',
  '/reset-password/x',
  '/confirm-email/x',
  '/invitation/x',
] as const;

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every page meets WCAG AA in ${colorScheme}`, async ({ page, product }) => {
    test.slow();
    await streamOnce(product, `axe-${colorScheme}-${Date.now()}`);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await signIn(page, product);
    for (const path of PAGES) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      expect(await violations(page), path).toEqual([]);
    }
  });
  test(`what a signed-out person sees, and what opens over a page, meets WCAG AA in ${colorScheme}`, async ({
    page,
    product,
  }) => {
    test.slow();
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const path of SIGNED_OUT) {
      await page.goto(path);
      expect(await violations(page), path).toEqual([]);
    }
    await signIn(page, product);
    await page.goto('/transactions');
    await page.getByRole('table').getByRole('button', { name: 'demo-topup' }).click();
    await expect(page.getByRole('dialog').getByText('Balance after')).toBeVisible();
    expect(await violations(page), 'a drawer').toEqual([]);
    await page.keyboard.press('Escape');
    await page.goto('/members');
    await page.getByRole('button', { name: 'Invite' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    expect(await violations(page), 'a dialog').toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Delete organisation' }).click();
    await expect(page.getByRole('alertdialog')).toBeVisible();
    expect(await violations(page), 'a confirmation').toEqual([]);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: /Organisation and account/ }).click();
    await expect(page.getByRole('menu')).toBeVisible();
    // It hangs from its button, which is in a landmark.
    expect(await violations(page, ['region']), 'a menu').toEqual([]);
  });
}
