import { expect } from 'vitest';
import { type ChargeRow, chargesOf } from './books';
import type { TestGateway } from './gateway';
import { until } from './until';

/** Waits until the tenant has so many charges and none of them is open; gives them, oldest first. */
export async function untilEnded(
  gateway: TestGateway,
  tenant: { readonly id: string },
  count: number,
  waitMs = 10_000,
): Promise<ChargeRow[]> {
  let rows: ChargeRow[] = [];
  const isSo = async () => {
    rows = await chargesOf(gateway, tenant);
    return rows.length >= count && rows.every((row) => row.status !== 'PENDING');
  };
  await until(`${count} charges that have ended`, isSo, waitMs).catch((cause: Error) => {
    const found = rows.map((row) => `${row.status} ${row.finish}`).join(', ');
    throw new Error(`${cause.message}; found ${found}`, { cause });
  });
  expect(rows).toHaveLength(count);
  return rows;
}
