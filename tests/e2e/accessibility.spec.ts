import type { Page } from '@playwright/test';
import axe from 'axe-core';
import { z } from 'zod';
import { expect, PAGES, signIn, streamOnce, test } from './support/product';

const violationsSchema = z.array(
  z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) }),
);

/** What axe finds against WCAG 2.2 A and AA, as rule and markup. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found: unknown = await page.evaluate(`axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }).then((result) => result.violations)`);
  return violationsSchema
    .parse(found)
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every page meets WCAG AA in ${colorScheme}`, async ({ page, product }) => {
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
