import { getEncoding } from 'js-tiktoken';
import { describe, expect, it } from 'vitest';
import type { Script } from '../../tools/simulator/script';
import { chargesOf, onlyChargeOf, quotaOf, sumOf } from '../helpers/books';
import {
  type Ask,
  atOnce,
  completionOf,
  outcomeOf,
  plain,
  readStream,
  stream,
  tally,
} from '../helpers/buy';
import { inBothModes } from '../helpers/modes';

const OUTPUT_PRICE = 600n;
const MODEL_MAX = 16_384;
const tokeniser = getEncoding('o200k_base');
const countTokens = (text: string): bigint => BigInt(tokeniser.encode(text).length);

/** An answer longer than any balance here affords. */
const LONG: Ask = { script: { outputTokens: 3000, perTokenMs: 0 } };

inBothModes('bounds on an answer’s length', (gateway) => {
  const newTenant = (fields: object = {}) => gateway().admin.newTenant(fields);
  const askedUpstream = () => gateway().simulator.stats().requests.at(-1);

  /** What the input of this request costs. */
  async function inputCost(ask: Ask): Promise<bigint> {
    const tenant = await newTenant();
    await plain(gateway(), tenant, { ...ask, maxTokens: 1 });
    return BigInt((await onlyChargeOf(gateway(), tenant)).input_tokens * 150);
  }

  const balanceFor = async (ask: Ask, outputTokens: bigint): Promise<string> =>
    String((await inputCost(ask)) + outputTokens * OUTPUT_PRICE);

  describe('plain, without max_tokens', () => {
    it('the answer is capped to what the balance affords, and the reply says so', async () => {
      const ask: Ask = { script: { outputTokens: 3000 }, prompt: 'Cap me.' };
      const tenant = await newTenant({ balance: await balanceFor(ask, 300n) });
      const reply = await plain(gateway(), tenant, ask);
      const answer = completionOf(reply);
      expect(reply.headers.get('x-tallygate-max-tokens')).toBe('300');
      expect(askedUpstream()?.maxTokens).toBe(300);
      expect(answer.usage.completion_tokens).toBe(300);
      expect(answer.choices[0]?.finish_reason).toBe('length');
      expect(reply.headers.get('x-tallygate-balance')).toBe('0');
      expect((await quotaOf(gateway(), tenant)).balance).toBe(0n);
    });

    it('a balance for 256 tokens of output is enough, and a nano less is a 402', async () => {
      const least = BigInt(await balanceFor(LONG, 256n));
      const tenant = await newTenant({ balance: String(least) });
      const reply = await plain(gateway(), tenant, LONG);
      expect(reply.headers.get('x-tallygate-max-tokens')).toBe('256');
      expect(completionOf(reply).usage.completion_tokens).toBe(256);

      const poorer = await newTenant({ balance: String(least - 1n) });
      const before = gateway().simulator.stats().requests.length;
      expect(outcomeOf(await plain(gateway(), poorer, LONG))).toBe('402 insufficient_quota');
      expect(gateway().simulator.stats().requests.length).toBe(before);
      expect((await quotaOf(gateway(), poorer)).balance).toBe(least - 1n);
    });

    it('a credit limit counts as balance', async () => {
      const creditLimit = await balanceFor(LONG, 400n);
      const tenant = await newTenant({ balance: '0', creditLimit });
      const reply = await plain(gateway(), tenant, LONG);
      expect(reply.headers.get('x-tallygate-max-tokens')).toBe('400');
      expect((await quotaOf(gateway(), tenant)).balance).toBe(-BigInt(creditLimit));
    });

    it('the cap is shared among the choices that were asked for', async () => {
      const ask: Ask = { ...LONG, fields: { n: 2 } };
      const tenant = await newTenant({ balance: await balanceFor(ask, 601n) });
      const reply = await plain(gateway(), tenant, ask);
      expect(reply.headers.get('x-tallygate-max-tokens')).toBe('300');
      expect(completionOf(reply).usage.completion_tokens).toBe(600);
      expect((await quotaOf(gateway(), tenant)).balance).toBe(OUTPUT_PRICE);
    });

    it('a key’s own token quota caps it too', async () => {
      const ask: Ask = { ...LONG, prompt: 'Within the quota.' };
      const input = Number(await inputCost(ask)) / 150;
      const quotas = [{ quotaType: 'total_tokens', limit: input + 280 }];
      const tenant = await gateway().admin.newTenant({}, { quotas });
      const reply = await plain(gateway(), tenant, ask);
      expect(reply.headers.get('x-tallygate-max-tokens')).toBe('280');
      expect(completionOf(reply).usage.completion_tokens).toBe(280);
    });

    it('a balance for the model’s maximum is not capped, and the body travels untouched', async () => {
      const tenant = await newTenant({ balance: await balanceFor({}, BigInt(MODEL_MAX)) });
      const reply = await plain(gateway(), tenant);
      expect(outcomeOf(reply)).toBe('200');
      expect(reply.headers.get('x-tallygate-max-tokens')).toBeNull();
      expect(askedUpstream()?.maxTokens).toBeNull();
    });

    it('10 at once on one balance share it and never take more than there is', async () => {
      const tenant = await newTenant({ balance: await balanceFor(LONG, 2000n) });
      const replies = await atOnce(10, () => plain(gateway(), tenant, LONG));
      const outcomes = tally(replies);
      expect(outcomes['200']).toBeGreaterThan(0);
      expect(Object.keys(outcomes).sort()).toEqual(['200', '402 insufficient_quota']);
      expect((await quotaOf(gateway(), tenant)).balance).toBeGreaterThanOrEqual(0n);
    });
  });

  it('a max_tokens that the client gave is passed on as it is and held whole', async () => {
    const ask: Ask = { ...LONG, maxTokens: 50 };
    const balance = await balanceFor(ask, 50n);
    const poor = await newTenant({ balance: String(BigInt(balance) - 1n) });
    expect(outcomeOf(await plain(gateway(), poor, ask))).toBe('402 insufficient_quota');
    const tenant = await newTenant({ balance });
    const reply = await plain(gateway(), tenant, ask);
    expect(completionOf(reply).usage.completion_tokens).toBe(50);
    expect(reply.headers.get('x-tallygate-max-tokens')).toBeNull();
    expect(askedUpstream()?.maxTokens).toBe(50);
    expect((await quotaOf(gateway(), tenant)).balance).toBe(0n);
  });

  describe('streamed, without max_tokens', () => {
    it.each([
      { slabs: 1, events: 1 },
      { slabs: 3, events: 1 },
      { slabs: 1, events: 1000 },
      { slabs: 3, events: 150 },
    ])(
      'a balance for $slabs slabs buys them from writes of $events events, ends cleanly, and is charged for what left',
      async ({ slabs, events }) => {
        const script: Script = { outputTokens: 3000, perTokenMs: 0, coalesce: events };
        const ask: Ask = { script, traceId: 'too-long' };
        const balance = await balanceFor(ask, 256n * BigInt(slabs));
        const tenant = await newTenant({ balance });
        const { text, ...end } = readStream((await stream(gateway(), tenant, ask)).bytes);
        expect(end).toMatchObject({
          finishReasons: ['length'],
          errorCode: 'insufficient_quota',
          isDone: false,
        });
        const charge = await onlyChargeOf(gateway(), tenant);
        expect(charge).toMatchObject({ status: 'COMMITTED', finish: 'cut_off' });
        expect(BigInt(charge.output_tokens)).toBe(countTokens(text));
        expect(charge.output_tokens).toBeLessThanOrEqual(256 * slabs);
        expect(charge.output_tokens).toBeGreaterThan(256 * slabs - 30);
        const left = (await quotaOf(gateway(), tenant)).balance;
        expect(left).toBe(BigInt(balance) - charge.amount);
        expect(left).toBeGreaterThanOrEqual(0n);
        // A part is no answer: the trace is spent.
        const again = await stream(gateway(), tenant, ask);
        expect(outcomeOf(again)).toBe('409 trace_already_billed');
      },
    );

    it('a balance for less than one slab is a 402 before anything is asked upstream', async () => {
      const balance = BigInt(await balanceFor(LONG, 256n)) - 1n;
      const tenant = await newTenant({ balance: String(balance) });
      const before = gateway().simulator.stats().requests.length;
      expect(outcomeOf(await stream(gateway(), tenant, LONG))).toBe('402 insufficient_quota');
      expect(gateway().simulator.stats().requests.length).toBe(before);
    });

    it('a slow answer that fits into one slab is delivered whole on the price of one slab', async () => {
      const ask: Ask = { script: { outputTokens: 40, perTokenMs: 60 } };
      const tenant = await newTenant({ balance: await balanceFor(ask, 256n) });
      const { errorCode, isDone, text } = readStream((await stream(gateway(), tenant, ask)).bytes);
      expect({ errorCode, isDone }).toEqual({ errorCode: null, isDone: true });
      expect(countTokens(text)).toBe(40n);
    });

    it('20 at once on one balance never take it below its credit limit', async () => {
      const credit = 256n * OUTPUT_PRICE;
      const balance = BigInt(await balanceFor(LONG, 4000n));
      const tenant = await newTenant({ balance: String(balance), creditLimit: String(credit) });
      const replies = await atOnce(20, () => stream(gateway(), tenant, LONG));
      const texts = replies
        .filter((reply) => reply.status === 200)
        .map((reply) => readStream(reply.bytes).text);
      const charges = await chargesOf(gateway(), tenant);
      expect(charges).toHaveLength(texts.length);
      const delivered = texts.reduce((sum, text) => sum + countTokens(text), 0n);
      expect(sumOf(charges)).toBe(
        delivered * OUTPUT_PRICE + BigInt(texts.length) * (await inputCost(LONG)),
      );
      const left = (await quotaOf(gateway(), tenant)).balance;
      expect(left).toBe(balance - sumOf(charges));
      expect(left).toBeGreaterThanOrEqual(-credit);
    });
  });

  describe('a stream’s usage chunk', () => {
    it('is asked of the upstream always, and hidden from a client that did not ask', async () => {
      const tenant = await newTenant();
      const reply = await stream(gateway(), tenant, { maxTokens: 30 });
      expect(askedUpstream()?.includeUsage).toBe(true);
      expect(readStream(reply.bytes)).toMatchObject({ usage: null, isDone: true });
      expect(reply.bytes.toString('utf8')).not.toContain('"prompt_tokens"');
      const charge = await onlyChargeOf(gateway(), tenant);
      expect(charge.input_tokens).toBeGreaterThan(0);
    });

    it('is shown to a client that asked for it, with the figures that are charged', async () => {
      const tenant = await newTenant();
      const fields = { stream_options: { include_usage: true } };
      const reply = await stream(gateway(), tenant, { maxTokens: 30, fields });
      const { usage, isDone } = readStream(reply.bytes);
      const charge = await onlyChargeOf(gateway(), tenant);
      expect(isDone).toBe(true);
      expect(usage).toMatchObject({
        prompt_tokens: charge.input_tokens,
        completion_tokens: charge.output_tokens,
      });
    });

    it('is hidden from a client that asked not to have it, its other options kept', async () => {
      const tenant = await newTenant();
      const fields = { stream_options: { include_usage: false } };
      const reply = await stream(gateway(), tenant, { maxTokens: 30, fields });
      expect(readStream(reply.bytes)).toMatchObject({ usage: null, isDone: true });
      expect(askedUpstream()?.includeUsage).toBe(true);
    });
  });
});
