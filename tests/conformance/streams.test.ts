import { describe, expect, it } from 'vitest';
import type { TestTenant, TransactionView } from '../helpers/admin-client';
import { overBothAdapters } from '../helpers/built-gateway';
import { chatBody, jsonHeaders } from '../helpers/chat';
import { LiveStream } from '../helpers/live-stream';
import { until } from '../helpers/until';

/** What the upstream's connection may outlive the client's. */
const ABORT_MS_MAX = 1_000;
const INPUT_PRICE = 150;
const OUTPUT_PRICE = 600;

overBothAdapters('streams', (gateway) => {
  const upstream = () => gateway().simulator.stats();
  const newTenant = () => gateway().admin.newTenant();

  /** The one charge of a tenant, once it has ended. */
  async function endedCharge(tenant: TestTenant): Promise<TransactionView> {
    let charges: TransactionView[] = [];
    await until('a charge that has ended', async () => {
      charges = await gateway().admin.charges(tenant.id);
      return charges.length > 0 && charges.every((charge) => charge.status !== 'PENDING');
    });
    const [charge, ...more] = charges;
    expect(more).toEqual([]);
    if (charge === undefined) throw new Error('no charge');
    return charge;
  }

  /** Lets the client go and waits until the upstream has noticed. */
  async function leave(go: () => void): Promise<void> {
    const before = upstream().abortedRequests;
    go();
    const hasNoticed = () => upstream().abortedRequests === before + 1;
    await until('the upstream to be let go', hasNoticed, ABORT_MS_MAX);
  }

  const expectNothingHeld = async (tenant: TestTenant, spent: string) => {
    const balance = String(1_000_000_000n - BigInt(spent));
    await until('the hold to be free', async () => {
      const seen = await gateway().admin.tenant(tenant.id);
      return seen.held === '0' && seen.balance === balance && seen.available === balance;
    });
  };

  it('hands on what the upstream has said while the upstream is still speaking', async () => {
    const tenant = await newTenant();
    const stream = await LiveStream.open(gateway(), tenant, {
      script: { outputTokens: 30, hangAfterTokens: 7 },
    });
    // The upstream says no more after these: whatever is held back now would never arrive.
    await until('all seven tokens', () => stream.events().length >= 8);
    expect(upstream().requests.at(-1)).toMatchObject({ outcome: 'open', sentTokens: 7 });
    await leave(() => stream.leave());
    expect(await endedCharge(tenant)).toMatchObject({ status: 'COMMITTED', outputTokens: 7 });
  });

  it('sends a paced answer piece by piece', async () => {
    const tenant = await newTenant();
    const stream = await LiveStream.open(gateway(), tenant, {
      script: { outputTokens: 40, ttftMs: 0, perTokenMs: 15 },
    });
    const seenWhileOpen = new Set<number>();
    await until('the end', () => {
      seenWhileOpen.add(stream.events().length);
      return stream.isDone;
    });
    await stream.ended();
    expect(seenWhileOpen.size).toBeGreaterThan(8);
  });

  describe.each([true, false])(
    'a client that leaves before the first byte (stream: %s)',
    (isStream) => {
      it.each(['named', 'unnamed'])(
        'costs nothing and stops the upstream, its trace %s',
        async (kind) => {
          const tenant = await newTenant();
          const client = new AbortController();
          const before = upstream().openRequests;
          const reply = fetch(`${gateway().baseUrl}/chat/completions`, {
            method: 'POST',
            headers: {
              ...jsonHeaders(tenant.apiKey),
              ...(kind === 'named' ? { 'x-trace-id': 'left-early' } : {}),
            },
            body: chatBody({ stream: isStream }, { ttftMs: 60_000 }),
            signal: client.signal,
          }).then(
            () => 'answered',
            () => 'left',
          );
          await until('the upstream to be asked', () => upstream().openRequests === before + 1);
          await leave(() => client.abort());
          expect(await reply).toBe('left');
          await expectNothingHeld(tenant, '0');
          const charges = await gateway().admin.charges(tenant.id);
          expect(charges.filter((charge) => charge.status !== 'VOIDED')).toEqual([]);
          if (kind === 'named') expect(charges).toMatchObject([{ status: 'VOIDED', amount: '0' }]);
          expect((await gateway().admin.tenant(tenant.id)).dailyUsed).toBe(0);
        },
      );
    },
  );

  it.each([
    ['has fallen silent', { outputTokens: 400, hangAfterTokens: 25 }],
    ['goes on speaking', { outputTokens: 400, perTokenMs: 20 }],
  ])(
    'charges a client that leaves mid-stream for what left, the upstream %s',
    async (_, script) => {
      const tenant = await newTenant();
      const stream = await LiveStream.open(gateway(), tenant, { script, maxTokens: 500 });
      await until('twenty tokens', () => stream.events().length > 20);
      const read = stream.events().length - 1;
      await leave(() => stream.leave());
      const sent = upstream().requests.at(-1)?.sentTokens ?? 0;
      const charge = await endedCharge(tenant);
      expect(charge).toMatchObject({ status: 'COMMITTED', isStream: true });
      expect(charge.outputTokens).toBeGreaterThanOrEqual(read);
      expect(charge.outputTokens).toBeLessThanOrEqual(sent);
      const cost = charge.inputTokens * INPUT_PRICE + charge.outputTokens * OUTPUT_PRICE;
      expect(charge.amount).toBe(String(cost));
      await expectNothingHeld(tenant, charge.amount);
    },
  );

  it('charges a client that leaves with the last byte for the whole', async () => {
    const tenant = await newTenant();
    const stream = await LiveStream.open(gateway(), tenant, { script: { outputTokens: 30 } });
    await until('the end', () => stream.isDone);
    stream.leave();
    const charge = await endedCharge(tenant);
    expect(charge).toMatchObject({ status: 'COMMITTED', outputTokens: 30, finish: 'complete' });
  });

  it('lets the upstream feel a client that reads nothing, instead of piling bytes up', async () => {
    const tenant = await newTenant();
    const wanted = 100_000;
    const stream = await LiveStream.open(gateway(), tenant, {
      script: { outputTokens: wanted, ttftMs: 0, perTokenMs: 0 },
    });
    stream.stopReading();
    const sent = () => upstream().requests.at(-1)?.sentTokens ?? 0;
    let last = -1;
    let lookedAt = 0;
    // At rest: nothing was sent for as long as a second.
    await until('the upstream to pause', () => {
      if (sent() !== last) lookedAt = Date.now();
      last = sent();
      return Date.now() - lookedAt > 1_000;
    });
    expect(sent()).toBeLessThan(wanted);
    await leave(() => stream.leave());
    const charge = await endedCharge(tenant);
    expect(charge.status).toBe('COMMITTED');
    expect(charge.outputTokens).toBeLessThanOrEqual(sent());
  });

  it('ends a stream whose upstream breaks off with an error event, and charges what left', async () => {
    const tenant = await newTenant();
    const stream = await LiveStream.open(gateway(), tenant, {
      script: { outputTokens: 30, dieAfterTokens: 12 },
    });
    expect(await stream.ended()).toBe('end');
    expect([stream.error(), stream.isDone]).toEqual(['upstream_error', false]);
    expect(await endedCharge(tenant)).toMatchObject({ status: 'COMMITTED', outputTokens: 12 });
  });
});
