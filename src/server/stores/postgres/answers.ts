import { ANSWER_TTL_MS, type AnswerStore, answerLabel } from '@/server/domain/ports';
import type { Sql } from './client';
import { guarded } from './failure';

interface AnswerSqlRow {
  readonly status: number;
  readonly content_type: string;
  readonly body: Uint8Array;
}

/** Answers kept in Postgres, where there is no Redis to keep them. */
export function createPostgresAnswerStore(sql: Sql): AnswerStore {
  return {
    put: (name, answer) =>
      guarded(async () => {
        await sql`
          insert into stored_answer (tenant_id, trace_id, status, content_type, body, expires_at)
          values (${name.tenantId}, ${answerLabel(name)}, ${answer.status}, ${answer.contentType},
            ${Buffer.from(answer.body)}, now() + ${ANSWER_TTL_MS} * interval '1 millisecond')
          on conflict (tenant_id, trace_id) do update set status = excluded.status,
            content_type = excluded.content_type, body = excluded.body,
            expires_at = excluded.expires_at`;
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

/** Deletes answers whose day is over; returns how many. */
export async function dropExpiredAnswers(sql: Sql): Promise<number> {
  const rows = await sql`
    delete from stored_answer where ctid in (
      select ctid from stored_answer where expires_at < now() limit 1000)`;
  return rows.count;
}
