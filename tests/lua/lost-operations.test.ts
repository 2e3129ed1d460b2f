import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LuaBench, type LuaTenant } from '../helpers/lua-bench';
import {
  checkCall,
  deductCall,
  foldCall,
  holdCall,
  lostHold,
  raiseCall,
  row,
  standingCall,
  warmCall,
  warmTenant,
} from '../helpers/lua-samples';

let bench: LuaBench;

beforeAll(async () => {
  bench = await LuaBench.open();
});

afterAll(() => bench.close());

const MISS = ['0', 'MISS'];

/** A tenant of 1,000 with a hold of 100 and a settled 70, whose open operations were lost. */
async function robbed(): Promise<LuaTenant> {
  const tenant = await warmTenant(bench);
  await tenant.hold(holdCall('op-1:1'));
  await tenant.deduct(deductCall('op-2:1'));
  await bench.redis.del(tenant.operations);
  return tenant;
}

describe('operations that Redis lost, with their hash still there', () => {
  it('admit nothing on what the hash says: it has to be built anew first', async () => {
    const tenant = await robbed();
    expect((await tenant.check(checkCall())).slice(0, 2)).toEqual(MISS);
    expect(await tenant.standing(standingCall())).toEqual(MISS);
    const state = await tenant.dump();
    expect(await tenant.hold(holdCall('op-3:1'))).toEqual(MISS);
    expect(await tenant.dump()).toEqual(state);
  });

  it('are still missed when others came, were settled or were folded since', async () => {
    const tenant = await robbed();
    await tenant.deduct(deductCall('op-3:1'));
    expect(await tenant.hold(holdCall('op-4:1'))).toEqual(MISS);
    await tenant.fold(foldCall(['op-1:1', 'op-2:1', 'op-3:1'], { row: row({ version: 2 }) }));
    expect(await tenant.hold(holdCall('op-4:1'))).toEqual(MISS);
  });

  it('let no hold be raised before they are known again', async () => {
    const tenant = await robbed();
    await tenant.deduct(deductCall('op-3:1'));
    const raise = raiseCall('op-1:1');
    expect(await tenant.raise(raise)).toEqual(['0', 'UNKNOWN', '']);
    await tenant.warm(warmCall({ holds: [lostHold('op-1:1')] }));
    expect(await tenant.raise(raise)).toEqual(['1', 'RAISED', '']);
    expect(await tenant.field('balance')).toBe('780');
  });

  it('come back with a reading as new as the hash, and every figure is right', async () => {
    const tenant = await robbed();
    await tenant.warm(warmCall({ row: row({ base: 930n }), holds: [lostHold('op-1:1')] }));
    expect(await bench.redis.hmget(tenant.hash, 'base', 'balance', 'daily_used', 'ops')).toEqual([
      ...['930', '830', '1', '1'],
    ]);
    expect((await tenant.hold(holdCall('op-3:1')))[1]).toBe('ADMITTED');
  });

  it('do not come back with an older reading: what a fold brought would be lost', async () => {
    const tenant = await robbed();
    await tenant.fold(foldCall(['op-2:1'], { row: row({ version: 2, base: 930n }) }));
    await bench.redis.del(tenant.floor);
    const state = await tenant.dump();
    expect(await tenant.warm(warmCall())).toEqual(['0', 'STALE']);
    expect(await tenant.dump()).toEqual(state);
    const newer = warmCall({ row: row({ version: 2, base: 930n }), holds: [lostHold('op-1:1')] });
    expect(await tenant.warm(newer)).toEqual(['1', 'WARMED']);
    expect(await tenant.field('balance')).toBe('830');
  });

  it('are not missed where there were none', async () => {
    const tenant = await warmTenant(bench);
    await tenant.hold(holdCall('op-1:1'));
    await tenant.fold(foldCall(['op-1:1']));
    await bench.redis.del(tenant.operations);
    expect((await tenant.hold(holdCall('op-2:1')))[1]).toBe('ADMITTED');
  });
});
