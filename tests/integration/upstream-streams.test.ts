import { Tiktoken } from 'js-tiktoken/lite';
import o200kBase from 'js-tiktoken/ranks/o200k_base';
import { describe, expect, it } from 'vitest';
import type { Script } from '../../tools/simulator/script';
import type { TestTenant } from '../helpers/admin-client';
import { onlyChargeOf, quotaOf } from '../helpers/books';
import { type Ask, plain } from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { LiveStream } from '../helpers/live-stream';
import { inBothModes } from '../helpers/modes';

const vocabulary = new Tiktoken(o200kBase);
const countTokens = (text: string): number => vocabulary.encode(text).length;

inBothModes('a stream whose upstream misbehaves', (gateway) => {
  async function read(tenant: TestTenant, ask: Ask): Promise<LiveStream> {
    const open = await LiveStream.open(gateway(), tenant, ask);
    expect(await open.ended()).toBe('end');
    await untilEnded(gateway(), tenant, 1);
    return open;
  }

  /** Charged are exactly the tokens of what the client got. */
  async function expectCharged(tenant: TestTenant, open: LiveStream, finish: string) {
    const row = await onlyChargeOf(gateway(), tenant);
    const outputTokens = countTokens(open.content());
    expect(row).toMatchObject({ status: 'COMMITTED', finish, output_tokens: outputTokens });
    expect(row.amount).toBe(BigInt(row.input_tokens * 150 + outputTokens * 600));
    expect((await quotaOf(gateway(), tenant)).balance).toBe(1_000_000_000n - row.amount);
  }

  const cuts: { fault: string; script: Script }[] = [
    { fault: 'dies', script: { dieAfterTokens: 30 } },
    { fault: 'sends an error', script: { errorAfterTokens: 30 } },
    { fault: 'sends broken JSON', script: { rubbishAfterTokens: 30, rubbish: 'json' } },
    { fault: 'sends invalid UTF-8', script: { rubbishAfterTokens: 30, rubbish: 'utf8' } },
    { fault: 'sends null bytes', script: { rubbishAfterTokens: 30, rubbish: 'nulls' } },
    {
      fault: 'sends a line of three megabytes',
      script: { rubbishAfterTokens: 30, rubbish: 'oversized', rubbishBytes: 3_000_000 },
    },
  ];

  it.each(cuts)(
    'because it $fault ends with one error event, and what was delivered is charged',
    async ({ script }) => {
      const tenant = await gateway().admin.newTenant();
      const open = await read(tenant, { script: { outputTokens: 90, ...script } });
      expect([open.status, open.error(), open.isDone]).toEqual([200, 'upstream_error', false]);
      expect(open.events().at(-1)).toContain('"upstream_error"');
      expect(countTokens(open.content())).toBe(30);
      await expectCharged(tenant, open, 'upstream_broke');
    },
  );

  it('because it falls silent ends with upstream_timeout, and what was delivered is charged', async () => {
    const { admin, simulator } = gateway();
    const tenant = await admin.newTenant();
    await admin.call('PUT', 'models/falls-silent', { inputPrice: '150', outputPrice: '600' });
    await admin.call('PUT', 'upstreams/silent', {
      baseUrl: simulator.url,
      models: { 'falls-silent': 'sim-fast' },
      priority: 0,
      timeoutMs: 500,
    });
    await admin.call('PUT', 'upstreams/sim', {
      baseUrl: simulator.url,
      models: { '*': '*' },
      priority: 1,
    });
    const script = { outputTokens: 90, hangAfterTokens: 30 };
    const open = await read(tenant, { model: 'falls-silent', script });
    expect([open.error(), open.isDone]).toEqual(['upstream_timeout', false]);
    await expectCharged(tenant, open, 'upstream_broke');
  });

  it('because it dies before its first token pays nothing', async () => {
    const tenant = await gateway().admin.newTenant();
    const open = await read(tenant, { script: { outputTokens: 90, dieAfterTokens: 0 } });
    expect(open.error()).toBe('upstream_error');
    expect(await onlyChargeOf(gateway(), tenant)).toMatchObject({ status: 'VOIDED', amount: 0n });
  });

  it('under its own trace, cut short, is not replayed and not bought again', async () => {
    const tenant = await gateway().admin.newTenant();
    const ask = { traceId: 'cut', script: { outputTokens: 90, dieAfterTokens: 30 } };
    await read(tenant, ask);
    const again = await LiveStream.open(gateway(), tenant, ask);
    await again.ended();
    expect([again.status, again.error()]).toEqual([409, 'trace_already_billed']);
  });

  describe('only in how it cuts its bytes', () => {
    const wires: { wire: string; script: Script }[] = [
      { wire: 'CR line ends', script: { crOnlyLineEnds: true } },
      { wire: 'CRLF line ends', script: { crlf: true } },
      { wire: 'one byte at a time', script: { chunkBytes: 1 } },
      { wire: 'three bytes at a time, in CRLF', script: { chunkBytes: 3, crlf: true } },
      { wire: 'everything in one write', script: { coalesce: 100_000 } },
      { wire: 'without a [DONE]', script: { noDone: true } },
      {
        wire: 'with comments and unknown fields',
        script: { rubbishAfterTokens: 10, rubbish: 'sse' },
      },
    ];
    it.each(wires)('($wire) delivers the whole text and is charged for it', async (given) => {
      const text = '潮起潮落，灯塔还亮着。 The tide came in twice. 🌊🚢 ';
      const tenant = await gateway().admin.newTenant();
      const open = await read(tenant, { script: { text, ...given.script } });
      expect([open.content(), open.error()]).toEqual([text, null]);
      expect(open.isDone).toBe(given.script.noDone !== true);
      await expectCharged(tenant, open, 'complete');
    });
  });

  it('by never ending is bounded by the balance, whatever max_tokens was asked for', async () => {
    const words = 'wave after wave '.repeat(3_000);
    for (const ask of [{ maxTokens: 20 }, {}]) {
      const tenant = await gateway().admin.newTenant({ balance: '500000' });
      // Queued, not in the prompt: there it would be input to pay for.
      gateway().simulator.script({ script: { text: words } });
      const open = await read(tenant, ask);
      expect(open.error()).toBe('insufficient_quota');
      const row = await onlyChargeOf(gateway(), tenant);
      expect(row).toMatchObject({ status: 'COMMITTED', finish: 'cut_off' });
      expect(row.output_tokens).toBe(countTokens(open.content()));
      // What was affordable, and no more than one slab beyond it.
      expect(row.amount).toBeGreaterThan(300_000n);
      expect(row.amount).toBeLessThanOrEqual(500_000n + 256n * 600n);
    }
  });

  it('by sending more than max_tokens is billed as it came, and its row is marked', async () => {
    const text = 'wave after wave '.repeat(100);
    for (const ask of ['plain', 'stream']) {
      const tenant = await gateway().admin.newTenant();
      const bounded = { maxTokens: 10, script: { text } };
      if (ask === 'plain') await plain(gateway(), tenant, bounded);
      else await read(tenant, bounded);
      const row = await onlyChargeOf(gateway(), tenant);
      expect(row).toMatchObject({
        status: 'COMMITTED',
        usage_anomaly: 'above_max_tokens',
        output_tokens: countTokens(text),
      });
    }
  });
});
