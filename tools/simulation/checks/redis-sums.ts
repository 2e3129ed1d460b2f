import type { TenantId } from '@/server/domain/ids';
import { operationsKey, quotaKey } from '@/server/stores/redis/keys';
import type { Keyspace } from '../redis-model/keyspace';
import { contribution, type Operation, period, typesOf, unpack } from '../redis-model/operations';

/**
 * What a quota hash must say in every state: each figure is its base plus what open operations
 * take. Gives the first figure that is off, or null.
 */
export function wrongSum(redis: Keyspace, tenantId: TenantId): string | null {
  const h = redis.fields(quotaKey(tenantId));
  if (h.size === 0) return null;
  const ops = [...redis.fields(operationsKey(tenantId)).values()].map(unpack);
  const figure = (field: string): bigint => BigInt(h.get(field) ?? '0');
  const sum = (read: (op: Operation) => string | null): bigint =>
    ops.reduce((total, op) => total + BigInt(read(op) ?? '0'), 0n);
  const differs = (field: string, expected: bigint): string | null =>
    figure(field) === expected ? null : `${field} is ${figure(field)}, should be ${expected}`;
  const day = h.get('daily_date');
  const month = h.get('monthly_month');
  const found =
    differs('balance', figure('base') - sum((op) => op.amount)) ??
    differs('daily_used', figure('daily_base') + sum((op) => (op.day === day ? op.daily : null))) ??
    differs(
      'monthly_used',
      figure('monthly_base') + sum((op) => (op.month === month ? op.monthly : null)),
    );
  if (found !== null) return found;
  for (const field of h.keys()) {
    const wrong = field.startsWith('open:')
      ? differs(
          field,
          sum((op) => (op.state === 'h' && `open:${op.key}` === field ? '1' : null)),
        )
      : field.startsWith('kq:')
        ? differs(field, figure(`kqb:${field.slice(3)}`) + sum((op) => shareOf(op, field, h)))
        : null;
    if (wrong !== null) return wrong;
  }
  return null;
}

/** What an operation takes from the key quota of a field `kq:<key>:<type>`. */
function shareOf(op: Operation, field: string, h: ReadonlyMap<string, string>): string | null {
  const [, key = '', type = ''] = field.split(':');
  if (op.key !== key || !typesOf(op).includes(type)) return null;
  const isCurrent = period(type, op.day, op.month) === h.get(`kqp:${key}:${type}`);
  return isCurrent ? contribution(op, type) : null;
}
