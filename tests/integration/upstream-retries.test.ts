import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Script } from '../../tools/simulator/script';
import { type Simulator, startSimulator } from '../../tools/simulator/server';
import { chargesOf, onlyChargeOf } from '../helpers/books';
import { outcomeOf, plain, stream } from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { freePort } from '../helpers/free-port';
import type { TestGateway } from '../helpers/gateway';
import { LiveStream } from '../helpers/live-stream';
import { inBothModes } from '../helpers/modes';

let first: Simulator;
let second: Simulator;
let models = 0;

beforeAll(async () => {
  first = await startSimulator({ pace: 0 });
  second = await startSimulator({ pace: 0 });
});

afterAll(async () => {
  await first?.close();
  await second?.close();
});

/** A model that two upstreams serve, in this order. */
async function servedByTwo(gateway: TestGateway, firstUrl = first.url) {
  models += 1;
  const model = `twice-${models}`;
  const price = { inputPrice: '150', outputPrice: '600' };
  await gateway.admin.call('PUT', `models/${model}`, price);
  for (const [priority, baseUrl] of [firstUrl, second.url].entries()) {
    await gateway.admin.call('PUT', `upstreams/u${models}-${priority}`, {
      baseUrl,
      models: { [model]: 'sim-fast' },
      priority,
    });
  }
  await gateway.admin.call('PUT', 'upstreams/sim', {
    baseUrl: gateway.simulator.url,
    models: { '*': '*' },
    priority: 9,
  });
  first.reset();
  second.reset();
  return { model, names: [`u${models}-0`, `u${models}-1`] };
}

const traces = (simulator: Simulator) =>
  simulator.stats().requests.map((request) => request.traceHeaders['x-request-id']);

inBothModes('another upstream', (gateway) => {
  const cases: { fault: string; script: Script | null; isRetried: boolean }[] = [
    { fault: 'cannot be reached', script: null, isRetried: true },
    { fault: 'is busy (429)', script: { status: 429 }, isRetried: true },
    { fault: 'fails (500)', script: { status: 500 }, isRetried: true },
    { fault: 'does not take our key (401)', script: { status: 401 }, isRetried: true },
    { fault: 'refuses the request (400)', script: { status: 400 }, isRetried: false },
    {
      fault: 'broke off after it may have begun to answer',
      script: { closeBeforeHeaders: true },
      isRetried: false,
    },
  ];

  it.each(cases)(
    'is asked when the first one $fault: $isRetried; one trace, one hold, one charge',
    async ({ script, isRetried }) => {
      const tenant = await gateway().admin.newTenant({ dailyLimit: 2 });
      for (const ask of [plain, stream]) {
        const gone = `http://127.0.0.1:${await freePort()}/v1`;
        const { model, names } = await servedByTwo(gateway(), script === null ? gone : first.url);
        if (script !== null) first.script({ script });
        const traceId = `retry-${model}`;
        const reply = await ask(gateway(), tenant, { model, traceId, maxTokens: 40 });
        expect(reply.status === 200).toBe(isRetried);
        expect(traces(second)).toEqual(isRetried ? [traceId] : []);
        if (script !== null) expect(traces(first)).toEqual([traceId]);
        const rows = (await chargesOf(gateway(), tenant)).filter((row) => row.trace_id === traceId);
        expect(rows).toMatchObject([
          {
            status: isRetried ? 'COMMITTED' : 'VOIDED',
            attempt: 1,
            upstream: isRetried ? names[1] : names[0],
          },
        ]);
      }
      expect((await gateway().admin.tenant(tenant.id)).dailyUsed).toBe(isRetried ? 2 : 0);
    },
  );

  it('is not asked any more once a byte of the first one has reached the client', async () => {
    const tenant = await gateway().admin.newTenant();
    const { model } = await servedByTwo(gateway());
    first.script({ script: { outputTokens: 100, dieAfterTokens: 20 } });
    const open = await LiveStream.open(gateway(), tenant, { model });
    await open.ended();
    expect(open.error()).toBe('upstream_error');
    expect(traces(second)).toEqual([]);
    await untilEnded(gateway(), tenant, 1);
    expect(await onlyChargeOf(gateway(), tenant)).toMatchObject({
      status: 'COMMITTED',
      finish: 'upstream_broke',
      output_tokens: 20,
    });
  });

  it('that failed is asked last for a while, so that the next request does not wait for it', async () => {
    const tenant = await gateway().admin.newTenant();
    const { model } = await servedByTwo(gateway());
    first.script({ script: { status: 500 } });
    for (let round = 0; round < 3; round += 1) {
      expect(outcomeOf(await plain(gateway(), tenant, { model }))).toBe('200');
    }
    expect(traces(first)).toHaveLength(1);
    expect(traces(second)).toHaveLength(3);
  });
});
