import { z } from 'zod';
import { hasWords } from '../../domain/chosen';
import { parsePrice, perMillion } from '../../domain/pricing';
import type { ModelView } from '../../services/models/view';
import { listCatalogue } from '../../services/portal/list-models';
import type { CsvCell } from './cells';
import type { CsvExport } from './export';

const modelsInput = z.object({ q: z.string().max(200).default('') });

/** The catalogue with its prices. */
export const modelsCsv: CsvExport<typeof modelsInput, ModelView> = {
  name: 'models',
  action: 'tenant.read',
  input: modelsInput,
  head: [
    'model',
    'input_usd_per_million',
    'cached_input_usd_per_million',
    'output_usd_per_million',
    'context_window',
    'max_output_tokens',
    'tokenizer',
    'usage_source',
  ],
  async *rows({ services }, { q }) {
    const { items } = await listCatalogue({ ctx: services });
    yield items.filter(({ id }) => hasWords(id, q));
  },
  cellsOf: (model) => [
    model.id,
    dollars(model.inputPrice),
    model.cachedInputPrice === null ? null : dollars(model.cachedInputPrice),
    dollars(model.outputPrice),
    model.contextWindow,
    model.maxOutputTokens,
    model.tokenizer,
    model.usageSource,
  ],
};

/** Exact, for a million tokens. */
const dollars = (price: string): CsvCell => ({ figure: perMillion(parsePrice(price) ?? 0n) });
