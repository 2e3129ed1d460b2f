import { beforeAll, describe, expect, it } from 'vitest';
import type { Script } from '../../tools/simulator/script';
import { chargesOf, expectStoresAgree, onlyChargeOf, quotaOf, sumOf } from '../helpers/books';
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

const INPUT_PRICE = 150n;
const OUTPUT_PRICE = 600n;
const PRICES = { inputPrice: String(INPUT_PRICE), outputPrice: String(OUTPUT_PRICE) };
const WINDOW = 128_000;
const IMAGE_TOKENS_MAX = 48_169;

/** What an honest upstream reports; where it is told of a bound it keeps to it. */
const usage = (prompt: number, completion: number): Script => ({
  usage: { prompt_tokens: prompt, completion_tokens: completion },
});

inBothModes('what a hold covers', (gateway) => {
  const newTenant = (fields: object = {}) => gateway().admin.newTenant(fields);
  const askedUpstream = () => gateway().simulator.stats().requests.at(-1);
  const asked = () => gateway().simulator.stats().requests.length;
  const put = (model: string, fields: object) =>
    gateway().admin.call('PUT', `models/${model}`, { ...PRICES, ...fields });

  beforeAll(async () => {
    await put('sim-unbounded', {});
    await put('o7-unbounded', {});
    await put('sim-thinking', { maxOutputTokens: 16_384, usageSource: 'upstream' });
    await put('sim-thinking-unbounded', { usageSource: 'upstream' });
    await put('sim-windowed', { contextWindow: WINDOW });
  });

  describe('of a model that states no maximum', () => {
    const LONG: Ask = { model: 'sim-unbounded', script: { outputTokens: 6_000, perTokenMs: 0 } };

    it('the upstream is told of the bound that is held, and so is the client', async () => {
      const tenant = await newTenant();
      const reply = await plain(gateway(), tenant, LONG);
      expect(reply.headers.get('x-tallygate-max-tokens')).toBe('4096');
      expect(askedUpstream()).toMatchObject({ maxTokens: 4_096, boundName: 'max_tokens' });
      expect(completionOf(reply).usage.completion_tokens).toBe(4_096);
      const charge = await onlyChargeOf(gateway(), tenant);
      expect(charge.amount).toBe(charge.hold);
    });

    it('20 at once on the price of one buy exactly one, and the balance stays its owner’s', async () => {
      const probe = await newTenant();
      await plain(gateway(), probe, LONG);
      const { amount } = await onlyChargeOf(gateway(), probe);
      const tenant = await newTenant({ balance: String(amount) });
      const replies = await atOnce(20, () => plain(gateway(), tenant, LONG));
      expect(tally(replies)).toEqual({ '200': 1, '402 insufficient_quota': 19 });
      expect((await quotaOf(gateway(), tenant)).balance).toBe(0n);
      await expectStoresAgree(gateway(), tenant);
    });

    it('a reasoning model is told by the one name that it knows', async () => {
      const tenant = await newTenant();
      await plain(gateway(), tenant, { ...LONG, model: 'o7-unbounded' });
      expect(askedUpstream()).toMatchObject({
        maxTokens: 4_096,
        boundName: 'max_completion_tokens',
      });
    });

    it('an upstream that refuses the name is told by the other, once and from then on', async () => {
      const tenant = await newTenant();
      await put('sim-deployment', {});
      const message =
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
      const errorBody = { error: { message, param: 'max_tokens', code: 'unsupported_parameter' } };
      gateway().simulator.script({ script: { status: 400, errorBody } });
      const ask = { model: 'sim-deployment', traceId: 'renamed' };
      const before = asked();
      expect(outcomeOf(await plain(gateway(), tenant, ask))).toBe('200');
      expect(asked()).toBe(before + 2);
      expect(askedUpstream()).toMatchObject({
        maxTokens: 4_096,
        boundName: 'max_completion_tokens',
      });
      expect(await onlyChargeOf(gateway(), tenant)).toMatchObject({
        status: 'COMMITTED',
        attempt: 1,
      });
      await plain(gateway(), tenant, { model: 'sim-deployment' });
      expect(asked()).toBe(before + 3);
      expect(askedUpstream()?.boundName).toBe('max_completion_tokens');
    });

    it('an upstream that refuses the bound itself is never asked for an answer without any', async () => {
      const tenant = await newTenant();
      const errorBody = { error: { message: 'max_tokens is too large' } };
      gateway().simulator.script({ script: { status: 400, errorBody } });
      const before = asked();
      const refused = await plain(gateway(), tenant, { model: 'sim-unbounded' });
      expect(outcomeOf(refused)).toBe('400 upstream_rejected');
      expect(asked()).toBe(before + 1);
    });
  });

  it('of a model that states its window alone is what the window takes, and nothing is asked of the upstream', async () => {
    const tenant = await newTenant();
    const reply = await plain(gateway(), tenant, { model: 'sim-windowed' });
    expect(reply.headers.get('x-tallygate-max-tokens')).toBeNull();
    expect(askedUpstream()?.maxTokens).toBeNull();
    const { hold } = await onlyChargeOf(gateway(), tenant);
    expect(hold).toBeGreaterThan(BigInt(WINDOW) * OUTPUT_PRICE);
  });

  describe('of a stream that is billed by the upstream’s figures', () => {
    const HIDDEN = 3_000;
    const ASK: Ask = {
      model: 'sim-thinking',
      script: { outputTokens: 40, usage: { prompt_tokens: 60, completion_tokens: HIDDEN } },
    };

    /** What the answer costs with the tokens that nobody sees. */
    const price = 60n * INPUT_PRICE + BigInt(HIDDEN) * OUTPUT_PRICE;

    it('500 at once on the price of one buy exactly one, hidden tokens and all', async () => {
      const tenant = await newTenant({ balance: String(price) });
      const replies = await atOnce(500, () => stream(gateway(), tenant, ASK));
      expect(tally(replies)).toEqual({ '200': 1, '402 insufficient_quota': 499 });
      const charge = await onlyChargeOf(gateway(), tenant);
      expect(charge).toMatchObject({
        status: 'COMMITTED',
        usage_source: 'upstream',
        output_tokens: HIDDEN,
        amount: price,
      });
      expect(charge.hold).toBeGreaterThanOrEqual(charge.amount);
      expect((await quotaOf(gateway(), tenant)).balance).toBe(0n);
      await expectStoresAgree(gateway(), tenant);
    });

    it('less than the model’s maximum is passed on as max_tokens, and the reply says so', async () => {
      const tenant = await newTenant({ balance: String(price) });
      const reply = await stream(gateway(), tenant, ASK);
      const told = Number(reply.headers.get('x-tallygate-max-tokens'));
      expect(Math.abs(told - HIDDEN)).toBeLessThan(100);
      expect(askedUpstream()).toMatchObject({ stream: true, maxTokens: told });
      expect(readStream(reply.bytes)).toMatchObject({ isDone: true, errorCode: null });
    });

    it('a balance for the model’s maximum is not capped', async () => {
      const tenant = await newTenant();
      const reply = await stream(gateway(), tenant, ASK);
      expect(reply.headers.get('x-tallygate-max-tokens')).toBeNull();
      expect(askedUpstream()?.maxTokens).toBeNull();
      const { hold } = await onlyChargeOf(gateway(), tenant);
      expect(hold).toBeGreaterThanOrEqual(16_384n * OUTPUT_PRICE);
    });

    it('a model that states no maximum is told of one', async () => {
      const tenant = await newTenant();
      const reply = await stream(gateway(), tenant, { ...ASK, model: 'sim-thinking-unbounded' });
      expect(reply.headers.get('x-tallygate-max-tokens')).toBe('4096');
      expect(askedUpstream()?.maxTokens).toBe(4_096);
    });

    it('a balance for less than 256 tokens is a 402 before anything is asked upstream', async () => {
      const tenant = await newTenant({ balance: '100000' });
      const before = asked();
      expect(outcomeOf(await stream(gateway(), tenant, ASK))).toBe('402 insufficient_quota');
      expect(asked()).toBe(before);
    });
  });

  describe('of input that is no text', () => {
    const of = (part: object, prompt: number): Ask => {
      const script = JSON.stringify({ outputTokens: 2, ...usage(prompt, 2) });
      const content = [{ type: 'text', text: `See. [[sim: ${script}]]` }, part];
      return { maxTokens: 12, fields: { messages: [{ role: 'user', content }] } };
    };
    const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
    const pdf = { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERg==' } };
    const sound = { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } };
    const cases: [string, Ask, bigint][] = [
      ['an image', of(image, 48_000), BigInt(IMAGE_TOKENS_MAX)],
      ['a file', of(pdf, 127_000), BigInt(WINDOW)],
      ['sound', of(sound, 120_000), BigInt(WINDOW)],
    ];

    it.each(cases)(
      '%s is held at the most that it can be billed, and billed at the upstream’s figure',
      async (_what, ask, most) => {
        const tenant = await newTenant();
        expect(outcomeOf(await plain(gateway(), tenant, ask))).toBe('200');
        const charge = await onlyChargeOf(gateway(), tenant);
        const spoken = 12n * OUTPUT_PRICE;
        expect(charge.hold).toBeGreaterThanOrEqual(most * INPUT_PRICE + spoken);
        expect(charge.hold).toBeLessThan((most + 100n) * INPUT_PRICE + spoken);
        expect(charge.amount).toBeLessThanOrEqual(charge.hold);
        expect(BigInt(charge.input_tokens) * INPUT_PRICE + 2n * OUTPUT_PRICE).toBe(charge.amount);
      },
    );

    it.each(cases)(
      '%s: 50 at once on the price of one never take more than there is',
      async (_what, ask) => {
        const probe = await newTenant();
        await plain(gateway(), probe, ask);
        const { hold } = await onlyChargeOf(gateway(), probe);
        const tenant = await newTenant({ balance: String(hold) });
        const replies = await atOnce(50, (index) =>
          (index % 2 === 0 ? plain : stream)(gateway(), tenant, ask),
        );
        expect(tally(replies)).toEqual({ '200': 1, '402 insufficient_quota': 49 });
        expect((await quotaOf(gateway(), tenant)).balance).toBeGreaterThanOrEqual(0n);
        await expectStoresAgree(gateway(), tenant);
      },
    );
  });

  it('of a stream that goes on for slabs is the most of its input at each of them', async () => {
    const script = { outputTokens: 500, perTokenMs: 0, ...usage(48_000, 500) };
    const content = [
      { type: 'text', text: `See. [[sim: ${JSON.stringify(script)}]]` },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
    ];
    const tenant = await newTenant();
    await stream(gateway(), tenant, { fields: { messages: [{ role: 'user', content }] } });
    const charge = await onlyChargeOf(gateway(), tenant);
    expect(charge).toMatchObject({ input_tokens: 48_000, output_tokens: 500 });
    expect(charge.amount).toBeLessThanOrEqual(charge.hold);
  });

  it('of tools is twice the bytes of their JSON, however the upstream lays them out', async () => {
    const parameters = { type: 'object', properties: { n: { enum: [1, 2, 3, 4, 5, 6, 7, 8, 9] } } };
    const tools = [{ type: 'function', function: { name: 'count', parameters } }];
    const most = 2 * Buffer.byteLength(JSON.stringify(tools[0]));
    const ask: Ask = { maxTokens: 12, fields: { tools }, script: { outputTokens: 2 } };
    const tenant = await newTenant();
    await plain(gateway(), tenant, ask);
    const charge = await onlyChargeOf(gateway(), tenant);
    expect(charge.hold - 12n * OUTPUT_PRICE).toBeGreaterThan(BigInt(most) * INPUT_PRICE);
    expect(charge.input_tokens).toBeLessThan(most);
    expect(sumOf(await chargesOf(gateway(), tenant))).toBe(charge.amount);
  });

  it('of a stream holds where the upstream counts fewer tokens than we do: its figure is billed', async () => {
    const text = 'A text of more tokens than the upstream says, by our count of it.';
    const script: Script = { text, ...usage(40, 8) };
    const tenant = await newTenant();
    await stream(gateway(), tenant, { maxTokens: 10, script });
    expect(await onlyChargeOf(gateway(), tenant)).toMatchObject({
      output_tokens: 8,
      usage_source: 'upstream',
      usage_anomaly: null,
    });
  });
});
