import path from 'node:path';
import { z } from 'zod';

const sizesSchema = z.array(
  z.object({ path: z.string(), bytes: z.int(), scripts: z.array(z.string()) }),
);

/** What the build's pages load at first, as `npm run sizes` measures it. */
export async function pageSizes() {
  const file = path.join(import.meta.dirname, '../../scripts/lib/page-sizes.mjs');
  const { measurePages, PAGE_BYTES_MAX } = await import(file);
  return { pages: sizesSchema.parse(measurePages()), bytesMax: z.int().parse(PAGE_BYTES_MAX) };
}
