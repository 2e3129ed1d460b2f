import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BENCH_START_MS, LuaBench, type LuaTenant } from '../helpers/lua-bench';
import {
  deductCall,
  foldCall,
  holdCall,
  KEY,
  raiseCall,
  row,
  warmTenant,
} from '../helpers/lua-samples';

let bench: LuaBench;

beforeAll(async () => {
  bench = await LuaBench.open();
});

afterAll(() => bench.close());

const leaseOf = async (tenant: LuaTenant, id: string): Promise<number> =>
  Number((await bench.redis.hget(tenant.operations, id))?.split('|')[7]);

describe('quota_raise', () => {
  it('takes the difference, and repeated, nothing more', async () => {
    const tenant = await warmTenant(bench);
    await tenant.hold(holdCall('op-1:1'));
    for (let again = 0; again < 3; again += 1) {
      expect(await tenant.raise(raiseCall('op-1:1', { amount: 250n }))).toEqual([
        '1',
        'RAISED',
        '',
      ]);
    }
    expect(await bench.redis.hmget(tenant.hash, 'balance', 'daily_used')).toEqual(['750', '1']);
  });

  it('never lowers: an older raise that comes late changes nothing but the lease', async () => {
    const tenant = await warmTenant(bench);
    await tenant.hold(holdCall('op-1:1', { min: 300n, max: 300n, maxTokens: 30 }));
    expect((await tenant.raise(raiseCall('op-1:1', { amount: 10n, tokens: 1 })))[1]).toBe('RAISED');
    expect(await tenant.field('balance')).toBe('700');
    expect(await bench.redis.hget(tenant.operations, 'op-1:1')).toMatch(/^300\|30\|/);
  });

  it('to the last nano of balance and credit, and not one more', async () => {
    const tenant = await warmTenant(bench, { row: row({ base: 100n, credit: 50n }) });
    await tenant.hold(holdCall('op-1:1'));
    const state = await tenant.dump();
    expect(await tenant.raise(raiseCall('op-1:1', { amount: 151n }))).toEqual([
      '0',
      'INSUFFICIENT',
      '',
    ]);
    expect(await tenant.dump()).toEqual(state);
    expect((await tenant.raise(raiseCall('op-1:1', { amount: 150n })))[1]).toBe('RAISED');
    expect(await tenant.field('balance')).toBe('-50');
  });

  it("is refused by the key's quotas of tokens and amounts, never by its requests", async () => {
    const tenant = await warmTenant(bench);
    const limits = [
      { type: 'total_requests', limit: 1n },
      { type: 'daily_tokens', limit: 20n },
      { type: 'monthly_amount', limit: 200n },
    ] as const;
    await tenant.hold(holdCall('op-1:1', { limits }));
    const raise = (amount: bigint, tokens: number) =>
      tenant.raise(raiseCall('op-1:1', { amount, tokens, limits }));
    expect(await raise(200n, 21)).toEqual(['0', 'KEY_QUOTA', 'daily_tokens']);
    expect(await raise(201n, 20)).toEqual(['0', 'KEY_QUOTA', 'monthly_amount']);
    expect(await raise(200n, 20)).toEqual(['1', 'RAISED', '']);
    expect(
      await bench.redis.hmget(tenant.hash, `kq:${KEY}:daily_tokens`, `kq:${KEY}:monthly_amount`),
    ).toEqual(['20', '200']);
  });

  it('of an operation that is unknown, settled or folded writes nothing', async () => {
    const tenant = await warmTenant(bench);
    expect((await tenant.raise(raiseCall('op-1:1')))[1]).toBe('UNKNOWN');
    await tenant.hold(holdCall('op-1:1'));
    await tenant.deduct(deductCall('op-1:1'));
    const settled = await tenant.dump();
    expect((await tenant.raise(raiseCall('op-1:1')))[1]).toBe('UNKNOWN');
    expect(await tenant.dump()).toEqual(settled);
    await tenant.fold(foldCall(['op-1:1']));
    const folded = await tenant.dump();
    expect((await tenant.raise(raiseCall('op-1:1')))[1]).toBe('UNKNOWN');
    expect(await tenant.dump()).toEqual(folded);
    await bench.redis.del(tenant.hash);
    expect((await tenant.raise(raiseCall('op-1:1')))[1]).toBe('UNKNOWN');
    expect(await bench.redis.exists(tenant.hash)).toBe(0);
  });

  it('renews the lease and the lock, also a lock that has lapsed', async () => {
    const tenant = await warmTenant(bench);
    await tenant.hold(holdCall('op-1:1', { trace: 'trace-1', leaseMs: 5_000 }));
    await bench.redis.del(tenant.lock('trace-1'));
    await bench.setClock(BENCH_START_MS + 4_000);
    await tenant.raise(raiseCall('op-1:1', { trace: 'trace-1', leaseMs: 60_000 }));
    expect(await leaseOf(tenant, 'op-1:1')).toBe(BENCH_START_MS + 64_000);
    expect(await bench.redis.pttl(tenant.lock('trace-1'))).toBeGreaterThan(50_000);
    await bench.setClock(BENCH_START_MS);
  });

  it('does not take the trace back from the attempt that has it by now', async () => {
    const tenant = await warmTenant(bench);
    await tenant.hold(holdCall('op-1:1', { trace: 'trace-1' }));
    await bench.redis.del(tenant.lock('trace-1'));
    await tenant.hold(holdCall('op-1:2', { trace: 'trace-1' }));
    await tenant.raise(raiseCall('op-1:1', { trace: 'trace-1' }));
    expect(await bench.redis.get(tenant.lock('trace-1'))).toBe('op-1:2|body|key-1');
  });
});

describe('quota_renew', () => {
  it('renews what is known and counts it; what is unknown stays unknown', async () => {
    const tenant = await warmTenant(bench);
    await tenant.hold(holdCall('op-1:1', { trace: 'trace-1', leaseMs: 5_000 }));
    await tenant.deduct(deductCall('op-2:1'));
    const hash = await bench.redis.hgetall(tenant.hash);
    const operations = [
      { id: 'op-1:1', trace: 'trace-1' },
      { id: 'op-2:1', trace: null },
      { id: 'op-3:1', trace: 'trace-3' },
    ];
    expect(await tenant.renew({ operations, leaseMs: 90_000 })).toEqual(['1', 'RENEWED', '2']);
    expect(await leaseOf(tenant, 'op-1:1')).toBe(BENCH_START_MS + 90_000);
    expect(await leaseOf(tenant, 'op-2:1')).toBe(BENCH_START_MS + 90_000);
    expect(await bench.redis.hexists(tenant.operations, 'op-3:1')).toBe(0);
    expect(await bench.redis.pttl(tenant.lock('trace-1'))).toBeGreaterThan(80_000);
    expect(await bench.redis.hgetall(tenant.hash)).toEqual(hash);
  });

  it("does not renew another attempt's lock", async () => {
    const tenant = await warmTenant(bench);
    await tenant.hold(holdCall('op-1:1', { trace: 'trace-1' }));
    await bench.redis.del(tenant.lock('trace-1'));
    await tenant.hold(holdCall('op-1:2', { trace: 'trace-1', leaseMs: 5_000 }));
    await tenant.renew({ operations: [{ id: 'op-1:1', trace: 'trace-1' }], leaseMs: 90_000 });
    expect(await bench.redis.pttl(tenant.lock('trace-1'))).toBeLessThanOrEqual(5_000);
  });
});
