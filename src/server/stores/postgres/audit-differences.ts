import type { AuditViolation } from '@/server/domain/ports/audit';
import type { QuotaFigures } from './quota-figures';

type Hash = Readonly<Record<string, string>>;
type Figure = readonly [field: string, expected: string];

/**
 * Where a quota hash differs from the ledger. At one version its base equals the ledger's row,
 * whatever is under way; at rest its figures do, and nothing is held.
 */
export function differences(row: QuotaFigures, hash: Hash, isAtRest: boolean): AuditViolation[] {
  const isSameVersion = hash.version === row.version;
  const figures = [
    ...(isSameVersion ? baseOf(row, hash) : []),
    ...(isAtRest ? atRest(row, hash) : []),
    ...(isSameVersion || isAtRest ? limitsOf(row) : []),
  ];
  return figures
    .filter(([field, expected]) => hash[field] !== expected)
    .map(([field, expected]) => ({
      tenantId: row.tenantId,
      subject: `Redis ${field}`,
      expected,
      found: hash[field] ?? 'absent',
    }));
}

const limitsOf = (row: QuotaFigures): Figure[] => [
  ['credit_limit', row.credit_limit],
  ['daily_limit', row.daily_limit],
  ['monthly_limit', row.monthly_limit],
];

/** Of a later period than the ledger's nothing is settled yet, so its base is not the ledger's. */
function baseOf(row: QuotaFigures, hash: Hash): Figure[] {
  const figures: Figure[] = [['base', row.balance]];
  if (hash.daily_date === row.daily_date) figures.push(['daily_base', row.daily_used]);
  if (hash.monthly_month === row.monthly_month) figures.push(['monthly_base', row.monthly_used]);
  for (const quota of row.keyQuotas) {
    const isSame = hash[`kqv:${quota.name}`] === quota.version;
    if (isSame && hash[`kqp:${quota.name}`] === quota.period) {
      figures.push([`kqb:${quota.name}`, quota.used]);
    }
  }
  return figures;
}

function atRest(row: QuotaFigures, hash: Hash): Figure[] {
  const open = Object.keys(hash).filter((field) => field.startsWith('open:'));
  return [
    ['balance', row.balance],
    ...used('daily_date', 'daily_used', [row.daily_date, row.daily_used], hash),
    ...used('monthly_month', 'monthly_used', [row.monthly_month, row.monthly_used], hash),
    ...row.keyQuotas.flatMap(({ name, period, used: count }) =>
      // One that Redis never met is read from Postgres when its key is used.
      hash[`kqp:${name}`] === undefined
        ? []
        : used(`kqp:${name}`, `kq:${name}`, [period, count], hash),
    ),
    ...open.map((field): Figure => [field, '0']),
  ];
}

/** Periods go only forward: a later one than the ledger's is unused at rest, an earlier one lags. */
function used(
  periodField: string,
  field: string,
  [period, count]: readonly [period: string, count: string],
  hash: Hash,
): Figure[] {
  const known = hash[periodField] ?? '';
  if (known === period) return [[field, count]];
  return known > period ? [[field, '0']] : [[periodField, period]];
}
