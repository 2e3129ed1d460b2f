import { getEncoding } from 'js-tiktoken';
import { expect, it } from 'vitest';
import type { Script } from '../../tools/simulator/script';
import { onlyChargeOf } from '../helpers/books';
import { completionOf, plain } from '../helpers/buy';
import { LiveStream } from '../helpers/live-stream';
import { inBothModes } from '../helpers/modes';

const TEXT = 'Seven ships went out, and seven came back. 七艘船出海。';
const TOKENS = getEncoding('o200k_base').encode(TEXT).length;

inBothModes('an upstream whose usage', (gateway) => {
  const lies: { lie: string; script: Script; anomaly: string }[] = [
    { lie: 'is missing', script: { noUsage: true }, anomaly: 'missing' },
    { lie: 'is null', script: { usageRaw: 'null' }, anomaly: 'missing' },
    ...[
      { lie: 'is negative', usageRaw: '{"prompt_tokens":-5,"completion_tokens":-9}' },
      { lie: 'is NaN', usageRaw: '{"prompt_tokens":NaN,"completion_tokens":NaN}' },
      { lie: 'is infinite', usageRaw: '{"prompt_tokens":1e400,"completion_tokens":1}' },
      { lie: 'is a fraction', usageRaw: '{"prompt_tokens":10.5,"completion_tokens":1}' },
      { lie: 'is text', usageRaw: '{"prompt_tokens":"10","completion_tokens":"1"}' },
      { lie: 'is a list', usageRaw: '[10, 1]' },
      { lie: 'does not speak of the output', usageRaw: '{"prompt_tokens":10,"total_tokens":10}' },
      { lie: 'is above the window', usageRaw: '{"prompt_tokens":10,"completion_tokens":128001}' },
      {
        lie: 'is beyond exact integers',
        usageRaw: '{"prompt_tokens":9007199254740993,"completion_tokens":1}',
      },
    ].map(({ lie, usageRaw }) => ({ lie, script: { usageRaw }, anomaly: 'absurd' })),
  ];

  it.each(lies)('$lie is counted instead, and its row is marked', async ({ script, anomaly }) => {
    for (const isStream of [false, true]) {
      const tenant = await gateway().admin.newTenant();
      const ask = { script: { text: TEXT, ...script }, maxTokens: 100 };
      if (isStream) {
        const open = await LiveStream.open(gateway(), tenant, ask);
        expect(await open.ended()).toBe('end');
        expect([open.content(), open.isDone]).toEqual([TEXT, true]);
      } else expect((await plain(gateway(), tenant, ask)).bytes.toString()).toContain(TEXT);
      const row = await onlyChargeOf(gateway(), tenant);
      expect(row).toMatchObject({
        status: 'COMMITTED',
        usage_source: 'counted',
        usage_anomaly: anomaly,
        output_tokens: TOKENS,
      });
      expect(row.input_tokens).toBeGreaterThan(0);
      expect(row.amount).toBe(BigInt(row.input_tokens * 150 + TOKENS * 600));
    }
  });

  it('is a true zero costs nothing, and is no anomaly', async () => {
    const tenant = await gateway().admin.newTenant();
    const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    const reply = await plain(gateway(), tenant, { script: { text: TEXT, usage } });
    expect(completionOf(reply).choices[0]?.message.content).toBe(TEXT);
    expect(await onlyChargeOf(gateway(), tenant)).toMatchObject({
      status: 'COMMITTED',
      amount: 0n,
      usage_anomaly: null,
    });
  });
});
