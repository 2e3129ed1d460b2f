import {
  ANSWER_OVERHEAD_BYTES,
  ANSWER_TTL_MS,
  type AnswerStore,
  answerLabel,
} from '@/server/domain/ports';
import type { Sql } from './client';
import { guarded } from './failure';

const DROPPED_AT_ONCE = 1_000;
const DROP_ROUNDS_MAX = 200;

interface AnswerSqlRow {
  readonly status: number;
  readonly content_type: string;
  readonly body: Uint8Array;
}

/**
 * Answers kept in Postgres, where Redis is away or has no more room for the tenant: of each tenant no
 * more than `budgetBytes`, give or take what is written at the same instant. A trigger keeps account.
 */
export function createPostgresAnswerStore(sql: Sql, budgetBytes: number): AnswerStore {
  return {
    put: (name, answer) =>
      guarded(async () => {
        const label = answerLabel(name);
        const room = budgetBytes - answer.body.length - ANSWER_OVERHEAD_BYTES;
        const written = await sql`
          insert into stored_answer (tenant_id, trace_id, status, content_type, body, expires_at)
          select ${name.tenantId}::uuid, ${label}::text, ${answer.status}::int,
            ${answer.contentType}::text, ${Buffer.from(answer.body)}::bytea,
            now() + ${ANSWER_TTL_MS} * interval '1 millisecond'
          where coalesce((
              select sum(bytes) from stored_answer_account where tenant_id = ${name.tenantId}), 0)
            - coalesce((
              select octet_length(body) + ${ANSWER_OVERHEAD_BYTES}::int from stored_answer
              where tenant_id = ${name.tenantId} and trace_id = ${label}), 0)
            <= ${room}::bigint
          on conflict (tenant_id, trace_id) do update set status = excluded.status,
            content_type = excluded.content_type, body = excluded.body,
            expires_at = excluded.expires_at`;
        return written.count === 0 ? 'full' : 'stored';
      }),
    get: (name) =>
      guarded(async () => {
        const [row] = await sql<AnswerSqlRow[]>`
          select status, content_type, body from stored_answer
          where tenant_id = ${name.tenantId} and trace_id = ${answerLabel(name)} and expires_at > now()`;
        if (row === undefined) return null;
        return { status: row.status, contentType: row.content_type, body: row.body };
      }),
  };
}

/** Deletes answers whose day is over, as many as came since the last time; returns how many. */
export async function dropExpiredAnswers(sql: Sql): Promise<number> {
  let dropped = 0;
  for (let round = 0; round < DROP_ROUNDS_MAX; round += 1) {
    const { count } = await sql`
      delete from stored_answer where ctid in (
        select ctid from stored_answer where expires_at < now()
        limit ${DROPPED_AT_ONCE} for update skip locked)`;
    dropped += count;
    if (count < DROPPED_AT_ONCE) break;
  }
  return dropped;
}
