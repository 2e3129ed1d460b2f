import type { Page } from '@playwright/test';
import axe from 'axe-core';
import { z } from 'zod';

const violationsSchema = z.array(
  z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) }),
);

/**
 * What axe finds against WCAG 2.2 A and AA, as rule and markup, without these rules. Base UI's guards
 * pass the focus on at once and never hold it.
 */
export async function violations(
  page: Page,
  without: readonly string[] = [],
): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const rules = JSON.stringify(Object.fromEntries(without.map((id) => [id, { enabled: false }])));
  const found: unknown = await page.evaluate(`axe.run({ exclude: ['[data-base-ui-focus-guard]'] }, {
    rules: ${rules},
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }).then((result) => result.violations)`);
  return violationsSchema
    .parse(found)
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}
