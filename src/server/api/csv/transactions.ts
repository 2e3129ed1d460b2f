import { instantOfId } from '../../domain/id-text';
import type { PortalTransaction } from '../../domain/ports/portal';
import { everyTransaction, transactionFilter } from '../../services/portal/list-transactions';
import { effectOf } from '../../services/portal/transaction-view';
import { usd } from './cells';
import type { CsvExport } from './export';

/** The ledger as a file: a row a transaction, and `amount_usd` adds up to the balance. */
export const transactionsCsv: CsvExport<typeof transactionFilter, PortalTransaction> = {
  name: 'transactions',
  action: 'tenant.read',
  input: transactionFilter,
  head: [
    'time',
    'committed_at',
    'trace_id',
    'kind',
    'status',
    'key',
    'model',
    'stream',
    'input_tokens',
    'cached_tokens',
    'output_tokens',
    'reasoning_tokens',
    'usage_source',
    'amount_usd',
    'hold_usd',
    'balance_after_usd',
    'first_byte_ms',
    'duration_ms',
    'note',
  ],
  rows: everyTransaction,
  cellsOf: (row) => [
    instantOfId(row.id),
    row.committedAt,
    row.traceId,
    row.kind,
    row.status,
    row.keyName,
    row.model,
    row.isStream,
    row.inputTokens,
    row.cachedTokens,
    row.outputTokens,
    row.reasoningTokens,
    row.usageSource,
    usd(effectOf(row)),
    usd(row.holdNano),
    row.balanceAfterNano === null ? null : usd(row.balanceAfterNano),
    row.firstByteMs,
    row.durationMs,
    row.note,
  ],
};
