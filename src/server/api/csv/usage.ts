import type { UsageLine } from '../../domain/ports/usage';
import { windowOf } from '../../domain/usage-window';
import { readUsageInput } from '../../services/portal/read-usage';
import { usd } from './cells';
import type { CsvExport } from './export';

/** What the page of usage shows, taken apart: a line for each day or hour (UTC), model and key. */
export const usageExport: CsvExport<typeof readUsageInput, UsageLine> = {
  name: 'usage',
  action: 'tenant.read',
  input: readUsageInput,
  head: [
    'period_utc',
    'model',
    'key_id',
    'key_name',
    'requests',
    'failed',
    'input_tokens',
    'cached_tokens',
    'output_tokens',
    'reasoning_tokens',
    'spend_usd',
  ],
  rows: ({ portal, tenantId, nowMs }, { range, by }) =>
    portal.usageLines(tenantId, windowOf(range, by === 'hour' ? 'hour' : 'day', nowMs)),
  cellsOf: (line) => [
    line.slot,
    line.model,
    line.keyId,
    line.keyName,
    line.requests,
    line.voided,
    line.inputTokens,
    line.cachedTokens,
    line.outputTokens,
    line.reasoningTokens,
    usd(line.spendNano),
  ],
};
