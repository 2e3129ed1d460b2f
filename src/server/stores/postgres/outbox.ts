import { trustedTenantId } from '../../domain/ids';
import type { Claimed, DeliveryStatus, Outbox } from '../../domain/ports/outbox';
import type { Sql } from './client';

interface ClaimedRow {
  readonly id: string;
  readonly attempts: number;
  readonly tenant_id: string | null;
  readonly payload: Uint8Array;
  readonly expires_at: Date;
  readonly url: string | null;
  readonly secret_sealed: Uint8Array | null;
}

/** Opens what was sealed; throws where that is not possible any more. */
type Open = (sealed: Uint8Array) => string;

/**
 * The outbox for those who empty it. A claim moves the message's next attempt behind its lease, so
 * that nobody else takes it and a dead holder needs no clearing up; it counts the attempt too, which
 * every later write names.
 */
export function createOutbox(sql: Sql, open: Open): Outbox {
  return {
    async claim(channel, limit, leaseMs) {
      const rows = await sql<ClaimedRow[]>`
        with due as (
          select id from outbox
          where channel = ${channel} and status = 'waiting' and next_attempt_at <= now()
            and expires_at > now()
          order by next_attempt_at limit ${limit} for update skip locked
        )
        update outbox o set attempts = o.attempts + 1,
          next_attempt_at = now() + ${leaseMs} * interval '1 millisecond'
        from due where o.id = due.id
        returning o.id, o.attempts, o.tenant_id, o.payload, o.expires_at,
          (select url from webhook_endpoint w where w.tenant_id = o.tenant_id),
          (select secret_sealed from webhook_endpoint w where w.tenant_id = o.tenant_id)`;
      return rows.map((row) => toClaimed(row, open));
    },

    sent: (message) => end(sql, message, 'sent', null),

    async failed(message, fault, againInMs) {
      if (againInMs === null) return await end(sql, message, 'failed', fault);
      const { id, attempt } = message;
      await sql`
        update outbox set fault = ${fault},
          next_attempt_at = now() + ${againInMs} * interval '1 millisecond'
        where id = ${id} and attempts = ${attempt} and status = 'waiting'`;
    },

    async tidy() {
      await sql`
        delete from outbox
        where (tenant_id is null and expires_at <= now()) or ended_at < now() - interval '30 days'`;
      await sql`
        update outbox set status = 'failed', ended_at = now(), fault = coalesce(fault, 'expired')
        where status = 'waiting' and expires_at <= now()`;
    },
  };
}

/** A tenant's message stays for its delivery log; an account's letter is gone. */
async function end(
  sql: Sql,
  { id, attempt }: Claimed,
  status: Exclude<DeliveryStatus, 'waiting'>,
  fault: string | null,
): Promise<void> {
  await sql`
    with gone as (
      delete from outbox where id = ${id} and attempts = ${attempt} and tenant_id is null
    )
    update outbox set status = ${status}, ended_at = now(), fault = ${fault}
    where id = ${id} and attempts = ${attempt} and tenant_id is not null`;
}

function toClaimed(row: ClaimedRow, open: Open): Claimed {
  const attempt = (sealed: Uint8Array): string | null => {
    try {
      return open(sealed);
    } catch {
      return null;
    }
  };
  const secret = row.secret_sealed === null ? null : attempt(row.secret_sealed);
  return {
    id: row.id,
    attempt: row.attempts,
    tenantId: row.tenant_id === null ? null : trustedTenantId(row.tenant_id),
    payload: attempt(row.payload),
    endpoint: row.url === null || secret === null ? null : { url: row.url, secret },
    expiresAt: row.expires_at,
  };
}
