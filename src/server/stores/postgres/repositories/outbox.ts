import { and, desc, eq, getTableColumns, lt, ne, sql } from 'drizzle-orm';
import { uuidV7 } from '../../../domain/ids';
import type { OutboxRepository } from '../../../domain/ports/outbox';
import { outbox } from '../schema';
import type { Tx } from './tx';

const {
  payload: _payload,
  tenantId: _tenantId,
  expiresAt: _expiresAt,
  ...COLUMNS
} = getTableColumns(outbox);

const inMs = (ms: number) => sql`now() + ${ms} * interval '1 millisecond'`;

export function createOutboxRepository(tx: Tx): OutboxRepository {
  return {
    async add({ expiresInMs, ...message }) {
      const id = uuidV7();
      await tx.insert(outbox).values({ id, ...message, expiresAt: inMs(expiresInMs) });
      return id;
    },

    list: (tenantId, { before, limit, status }) =>
      tx
        .select(COLUMNS)
        .from(outbox)
        .where(
          and(
            eq(outbox.tenantId, tenantId),
            before === null ? undefined : lt(outbox.id, before),
            status === null ? undefined : eq(outbox.status, status),
          ),
        )
        .orderBy(desc(outbox.id))
        .limit(limit),

    async again(tenantId, id, expiresInMs) {
      const rows = await tx
        .update(outbox)
        .set({
          status: 'waiting',
          attempts: 0,
          nextAttemptAt: sql`now()`,
          expiresAt: inMs(expiresInMs),
          fault: null,
          endedAt: null,
        })
        .where(and(eq(outbox.tenantId, tenantId), eq(outbox.id, id), ne(outbox.status, 'waiting')))
        .returning({ channel: outbox.channel, recipient: outbox.recipient });
      return rows[0] ?? null;
    },

    async clear(tenantId) {
      await tx.delete(outbox).where(eq(outbox.tenantId, tenantId));
    },
  };
}
