import { violations } from './support/axe';
import { expect, PAGES, signIn, streamOnce, test } from './support/product';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every page meets WCAG AA in ${colorScheme}`, async ({ page, product }) => {
    test.slow();
    await streamOnce(product, `axe-${colorScheme}-${Date.now()}`);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.goto('/sign-in');
    expect(await violations(page)).toEqual([]);
    await signIn(page, product);
    for (const path of PAGES) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      expect(await violations(page), path).toEqual([]);
    }
  });
}
