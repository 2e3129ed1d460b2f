import { describe, expect, test } from 'vitest';
import { pageSizes } from '../helpers/page-sizes';

const { pages, bytesMax } = await pageSizes();

describe('a page’s first load', () => {
  test.each(pages)('is at most 200 kB of gzipped JavaScript: $path', ({ bytes }) => {
    expect(bytesMax).toBe(200_000);
    expect(bytes).toBeLessThanOrEqual(bytesMax);
  });

  test('is measured for every page, with React and Next in it', () => {
    const paths = pages.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['/', '/keys', '/sign-in', '/sign-up', '/docs']));
    for (const { bytes } of pages) expect(bytes).toBeGreaterThan(100_000);
  });
});
