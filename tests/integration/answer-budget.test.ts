import { describe, expect, it } from 'vitest';
import { trustedTenantId, trustedTraceId } from '@/server/domain/ids';
import type { AnswerStore, StoredAnswer } from '@/server/domain/ports';
import { createFailoverAnswerStore } from '@/server/stores/failover/answers';
import { createPostgresAnswerStore, dropExpiredAnswers } from '@/server/stores/postgres/answers';
import { createRedisAnswerStore } from '@/server/stores/redis/answers';
import { createScriptRunner } from '@/server/stores/redis/scripts';
import type { TestTenant } from '../helpers/admin-client';
import { postgresAccount, spendPostgresBudget, spendRedisBudget } from '../helpers/answer-budget';
import { isAnswerStored, onlyChargeOf } from '../helpers/books';
import { type Ask, outcomeOf, plain, stream } from '../helpers/buy';
import { inBothModes } from '../helpers/modes';

const ASK: Ask = { maxTokens: 40, script: { outputTokens: 12 } };
/** Each of these answers counts 1,024 bytes in Postgres, and 25 more in Redis for its head. */
const BODY_BYTES = 512;
const BUDGETS = { redis: 10 * 1_049, postgres: 20 * 1_024 };

inBothModes('the budget of stored answers', (gateway, mode) => {
  const newTenant = () => gateway().admin.newTenant();
  const notStored = async () => {
    const { values } = await gateway().container.metrics.answersNotStored.get();
    return values.reduce((sum, each) => sum + each.value, 0);
  };
  const nameOf = (tenant: TestTenant, trace: string) => ({
    tenantId: trustedTenantId(tenant.id),
    traceId: trustedTraceId(trace),
    attempt: 1,
  });
  const answerOf = (fill: number): StoredAnswer => ({
    ...{ status: 200, contentType: 'application/json', body: Buffer.alloc(BODY_BYTES, fill) },
  });

  describe.each([
    ['plain', plain],
    ['streamed', stream],
  ] as const)('spent, a %s request', (_, send) => {
    it('is answered and charged once; its repeat is told so, and nobody else notices', async () => {
      const [flooder, other] = [await newTenant(), await newTenant()];
      await spendRedisBudget(gateway(), flooder);
      await spendPostgresBudget(gateway(), flooder);
      const before = await notStored();
      const ask = { ...ASK, traceId: 'one' };
      expect(outcomeOf(await send(gateway(), flooder, ask))).toBe('200');
      expect(await notStored()).toBe(before + 1);
      expect(outcomeOf(await send(gateway(), flooder, ask))).toBe('409 trace_already_billed');
      await onlyChargeOf(gateway(), flooder);
      const first = await send(gateway(), other, ask);
      const again = await send(gateway(), other, ask);
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      expect(again.bytes.equals(first.bytes)).toBe(true);
      expect(await isAnswerStored(gateway(), other, 'one')).toBe(true);
      expect(await notStored()).toBe(before + 1);
    });

    if (mode === 'Redis') {
      it('in Redis alone, is answered again from Postgres, to the byte', async () => {
        const tenant = await newTenant();
        await spendRedisBudget(gateway(), tenant);
        const ask = { ...ASK, traceId: 'kept' };
        const first = await send(gateway(), tenant, ask);
        expect(await isAnswerStored(gateway(), tenant, 'kept')).toBe(false);
        expect(await postgresAccount(gateway(), tenant)).toMatchObject({ rows: 1 });
        const again = await send(gateway(), tenant, ask);
        expect(again.headers.get('idempotent-replayed')).toBe('true');
        expect(again.bytes.equals(first.bytes)).toBe(true);
        await onlyChargeOf(gateway(), tenant);
      });
    }
  });

  it('in Postgres is exact, whoever writes, rewrites and deletes at once', async () => {
    const tenants = await Promise.all([newTenant(), newTenant()]);
    const { sql } = gateway().container.postgres;
    const store = createPostgresAnswerStore(sql, 1_000_000);
    const writes = tenants.flatMap((tenant) =>
      Array.from({ length: 60 }, async (_, at) => {
        const answer = { ...answerOf(at), body: Buffer.alloc(at * 7, 'a') };
        expect(await store.put(nameOf(tenant, `t-${at % 40}`), answer)).toBe('stored');
        if (at % 10 !== 0) return;
        await sql`
          update stored_answer set expires_at = now() - interval '1 second'
          where tenant_id = ${tenant.id} and trace_id = ${`t-${at % 40}`}`;
        await dropExpiredAnswers(sql);
      }),
    );
    await Promise.all(writes);
    for (const tenant of tenants) {
      const { account, answers, rows } = await postgresAccount(gateway(), tenant);
      expect(account).toBe(answers);
      expect(rows).toBeGreaterThan(30);
    }
  });

  it('in Postgres is whole again once the day is over, however many answers there were', async () => {
    const tenant = await newTenant();
    const { sql } = gateway().container.postgres;
    await sql`
      insert into stored_answer (tenant_id, trace_id, status, content_type, body, expires_at)
      select ${tenant.id}::uuid, 't-' || n, 200, 'text/plain', 'x', now() - interval '1 second'
      from generate_series(1, 2500) n`;
    const store = createPostgresAnswerStore(sql, 1_024);
    const name = nameOf(tenant, 'next');
    expect(await store.put(name, answerOf(1))).toBe('full');
    await dropExpiredAnswers(sql);
    expect(await postgresAccount(gateway(), tenant)).toEqual({
      account: '0',
      answers: '0',
      rows: 0,
    });
    expect(await store.put(name, answerOf(1))).toBe('stored');
    expect(await store.put(name, answerOf(2))).toBe('stored');
    expect(await store.get(name)).toEqual(answerOf(2));
    expect(await store.put(nameOf(tenant, 'more'), answerOf(3))).toBe('full');
  });

  if (mode === 'Redis') {
    /** Both stores in front of one another, with budgets that a test can spend. */
    function smallStore(): AnswerStore {
      const { redis, container } = gateway();
      if (redis === null) throw new Error('no Redis');
      const closed = { isClosed: true, epoch: 0, trip: () => undefined, stop: () => undefined };
      return createFailoverAnswerStore(
        createRedisAnswerStore(
          createScriptRunner(redis, () => undefined),
          (key) => redis.getBuffer(key),
          BUDGETS.redis,
        ),
        createPostgresAnswerStore(container.postgres.sql, BUDGETS.postgres),
        closed,
      );
    }

    it('is Redis’s, then Postgres’s; a flood takes both of its own, and none of another tenant', async () => {
      const [flooder, other] = [await newTenant(), await newTenant()];
      const store = smallStore();
      const put = (tenant: TestTenant, at: number) =>
        store.put(nameOf(tenant, `t-${at}`), answerOf(at));
      expect(await put(other, 0)).toBe('stored');
      const said: string[] = [];
      for (let at = 0; at < 40; at += 1) said.push(await put(flooder, at));
      expect(said).toEqual([...Array(30).fill('stored'), ...Array(10).fill('full')]);
      expect(await postgresAccount(gateway(), flooder)).toMatchObject({ rows: 20 });
      const found = await Promise.all(
        Array.from({ length: 40 }, (_, at) => store.get(nameOf(flooder, `t-${at}`))),
      );
      expect(found.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, at) => answerOf(at)));
      expect(found.slice(30)).toEqual(Array(10).fill(null));
      for (let at = 1; at < 10; at += 1) expect(await put(other, at)).toBe('stored');
      expect(await store.get(nameOf(other, 't-0'))).toEqual(answerOf(0));
      expect(await postgresAccount(gateway(), other)).toMatchObject({ rows: 0, account: '0' });
    });

    it('in Redis keeps every byte of an answer, whatever it is', async () => {
      const tenant = await newTenant();
      const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const answer = { status: 201, contentType: 'application/octet-stream', body };
      const store = smallStore();
      await store.put(nameOf(tenant, 'bytes'), answer);
      expect(await store.get(nameOf(tenant, 'bytes'))).toEqual(answer);
    });
  }
});
