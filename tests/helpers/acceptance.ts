import { getEncoding } from 'js-tiktoken';
import { describe, expect, it } from 'vitest';
import {
  chargesOf,
  expectStoresAgree,
  forgetHash,
  hashOf,
  onlyChargeOf,
  quotaOf,
  sumOf,
} from './books';
import { atOnce, completionOf, embed, json, plain, readStream, stream, tally } from './buy';
import type { TestGateway } from './gateway';
import type { Mode } from './modes';

const BALANCE = 1_000_000_000n;
const tokeniser = getEncoding('o200k_base');

/** What this needs of a gateway, in this process or another one. */
export type Accepted = Pick<TestGateway, 'baseUrl' | 'admin' | 'database' | 'redis'>;

/** The acceptance of the product: plain, streamed, repeated, at once, and with a cold cache. */
export function acceptance(gateway: () => Accepted, mode: Mode): void {
  const newTenant = () => gateway().admin.newTenant({ balance: String(BALANCE) });

  it('a plain request is answered with its usage and charged for exactly that', async () => {
    const tenant = await newTenant();
    const reply = await plain(gateway(), tenant);
    const { usage } = completionOf(reply);
    const charge = await onlyChargeOf(gateway(), tenant);
    expect(charge).toMatchObject({
      status: 'COMMITTED',
      is_stream: false,
      input_tokens: usage.prompt_tokens,
      output_tokens: usage.completion_tokens,
      usage_source: 'upstream',
      admitted_by: mode === 'Redis' ? 'redis' : 'postgres',
      finish: 'complete',
    });
    expect(charge.amount).toBe(BigInt(usage.prompt_tokens * 150 + usage.completion_tokens * 600));
    expect(charge.balance_after).toBe(BALANCE - charge.amount);
    expect(await quotaOf(gateway(), tenant)).toMatchObject({
      balance: BALANCE - charge.amount,
      daily_used: 1,
      monthly_used: 1,
    });
    expect(reply.headers.get('x-tallygate-cost')).toBe(String(charge.amount));
    expect(reply.headers.get('x-tallygate-balance')).toBe(String(BALANCE - charge.amount));
    expect(reply.headers.get('x-trace-id')).toBe(charge.trace_id);
    await expectStoresAgree(gateway(), tenant);
  });

  it('a stream is charged for the tokens that js-tiktoken counts in what was streamed', async () => {
    const tenant = await newTenant();
    const reply = await stream(gateway(), tenant);
    const { text, isDone, errorCode } = readStream(reply.bytes);
    expect({ status: reply.status, isDone, errorCode }).toEqual({
      status: 200,
      isDone: true,
      errorCode: null,
    });
    const charge = await onlyChargeOf(gateway(), tenant);
    expect(charge).toMatchObject({ status: 'COMMITTED', is_stream: true, finish: 'complete' });
    expect(charge.output_tokens).toBeGreaterThan(0);
    expect(charge.output_tokens).toBe(tokeniser.encode(text).length);
    expect(charge.amount).toBe(BigInt(charge.input_tokens * 150 + charge.output_tokens * 600));
    expect(await quotaOf(gateway(), tenant)).toMatchObject({
      balance: BALANCE - charge.amount,
      daily_used: 1,
      monthly_used: 1,
    });
    // What was available while its hold stood.
    expect(reply.headers.get('x-tallygate-balance')).toBe(String(BALANCE - charge.hold));
    await expectStoresAgree(gateway(), tenant);
  });

  it('a stream of other scripts, cut anywhere on its way, is counted exactly too', async () => {
    const tenant = await newTenant();
    const text = '港口的灯火 — naïve café 🚢🚢 «Ōsaka»'.repeat(30);
    const reply = await stream(gateway(), tenant, { script: { text, chunkBytes: 7 } });
    expect(readStream(reply.bytes).text).toBe(text);
    const charge = await onlyChargeOf(gateway(), tenant);
    expect(charge.output_tokens).toBe(tokeniser.encode(text).length);
  });

  it('embeddings are charged for their input alone', async () => {
    const tenant = await newTenant();
    const reply = await embed(gateway(), tenant, 'Ships come and go with the tide.');
    expect(reply.status).toBe(200);
    expect(json(reply)).toMatchObject({ data: [{ object: 'embedding', index: 0 }] });
    const charge = await onlyChargeOf(gateway(), tenant);
    expect(charge).toMatchObject({ status: 'COMMITTED', output_tokens: 0 });
    expect(json(reply)).toMatchObject({ usage: { prompt_tokens: charge.input_tokens } });
    expect(charge.amount).toBe(BigInt(charge.input_tokens * 150));
    expect(reply.headers.get('x-tallygate-cost')).toBe(String(charge.amount));
    expect((await quotaOf(gateway(), tenant)).balance).toBe(BALANCE - charge.amount);
    await expectStoresAgree(gateway(), tenant);
  });

  it('the same request twice under one X-Trace-ID is one transaction and counts once', async () => {
    const tenant = await newTenant();
    const ask = { headers: { 'X-Trace-ID': 'test-trace-123' } };
    const [first, second] = [
      await plain(gateway(), tenant, ask),
      await plain(gateway(), tenant, ask),
    ];
    expect(tally([first, second])).toEqual({ '200': 2 });
    const charge = await onlyChargeOf(gateway(), tenant);
    expect(charge).toMatchObject({ trace_id: 'test-trace-123', status: 'COMMITTED', attempt: 1 });
    expect(await quotaOf(gateway(), tenant)).toMatchObject({
      balance: BALANCE - charge.amount,
      daily_used: 1,
      monthly_used: 1,
    });
    await expectStoresAgree(gateway(), tenant);
  });

  it('100 requests at once, plain and streamed, all succeed and cost exactly their sum', async () => {
    const tenant = await newTenant();
    const replies = await atOnce(100, (index) =>
      (index % 2 === 0 ? plain : stream)(gateway(), tenant),
    );
    await expectStoresAgree(gateway(), tenant);
    expect(tally(replies)).toEqual({ '200': 100 });
    const charges = await chargesOf(gateway(), tenant);
    expect(charges).toHaveLength(100);
    expect(new Set(charges.map((charge) => charge.trace_id)).size).toBe(100);
    expect(charges.every((charge) => charge.status === 'COMMITTED')).toBe(true);
    expect(charges.filter((charge) => charge.is_stream)).toHaveLength(50);
    expect(await quotaOf(gateway(), tenant)).toMatchObject({
      balance: BALANCE - sumOf(charges),
      daily_used: 100,
      monthly_used: 100,
    });
    await expectStoresAgree(gateway(), tenant);
  });

  if (mode === 'Redis') {
    describe('a cold cache', () => {
      it('is warmed from the database by the next request', async () => {
        const tenant = await newTenant();
        await plain(gateway(), tenant);
        await expectStoresAgree(gateway(), tenant);
        await forgetHash(gateway(), tenant);
        expect(await hashOf(gateway(), tenant)).toBeNull();
        expect((await plain(gateway(), tenant)).status).toBe(200);
        const charges = await chargesOf(gateway(), tenant);
        expect(charges.map((charge) => charge.admitted_by)).toEqual(['redis', 'redis']);
        await expectStoresAgree(gateway(), tenant);
        expect(await hashOf(gateway(), tenant)).toMatchObject({
          balance: String(BALANCE - sumOf(charges)),
          daily_used: '2',
          monthly_used: '2',
        });
      });

      it('is warmed once and rightly by 200 parallel requests', async () => {
        const tenant = await newTenant();
        await forgetHash(gateway(), tenant);
        const replies = await atOnce(200, () => plain(gateway(), tenant, { maxTokens: 5 }));
        expect(tally(replies)).toEqual({ '200': 200 });
        await expectStoresAgree(gateway(), tenant);
        const charges = await chargesOf(gateway(), tenant);
        expect(charges).toHaveLength(200);
        expect(await hashOf(gateway(), tenant)).toMatchObject({
          balance: String(BALANCE - sumOf(charges)),
          daily_used: '200',
        });
      });

      it('that goes cold again and again under 200 parallel requests agrees at their end', async () => {
        const tenant = await newTenant();
        let isOver = false;
        const evictions = (async () => {
          while (!isOver) {
            await forgetHash(gateway(), tenant);
            await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 9));
          }
        })();
        const replies = await atOnce(200, (index) =>
          (index % 2 === 0 ? plain : stream)(gateway(), tenant, { maxTokens: 20 }),
        );
        isOver = true;
        await evictions;
        expect(tally(replies)).toEqual({ '200': 200 });
        await expectStoresAgree(gateway(), tenant);
        const charges = await chargesOf(gateway(), tenant);
        expect((await quotaOf(gateway(), tenant)).balance).toBe(BALANCE - sumOf(charges));
      });
    });
  }
}
