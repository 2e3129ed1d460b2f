import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenantId } from '@/server/domain/ids';
import { ROLES } from '@/server/domain/ports/sign-in';
import { type PortalHarness, startPortal } from '../helpers/portal-harness';

let portal: PortalHarness;
let mine: TenantId;
let theirs: TenantId;

const USAGE = { range: '90d', by: 'model' } as const;

beforeAll(async () => {
  portal = await startPortal();
  [mine, theirs] = [await portal.newTenant(), await portal.newTenant()];
  const myKeyId = await portal.newKey(mine, { name: 'My key' });
  await portal.newKey(theirs, { name: 'Their key' });
  await portal.charge(mine, { trace_id: 'shared-trace', api_key_id: myKeyId });
  await portal.charge(theirs, { trace_id: 'shared-trace', amount: '777' });
  await portal.charge(theirs, { trace_id: 'their-secret' });
});
afterAll(() => portal.close());

describe('who may read', () => {
  it('nobody who is not signed in, and not the operator in a tenant’s name', async () => {
    for (const caller of [portal.callerOf(null), portal.callerOf('operator')]) {
      for (const ask of [
        () => caller.overview(),
        () => caller.keys.list(),
        () => caller.transactions({}),
        () => caller.usage(USAGE),
      ]) {
        await expect(ask()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
      }
    }
  });

  it.each(ROLES)('a %s reads the tenant of the membership and nothing of another', async (role) => {
    const caller = portal.callerOf(mine, role);
    const { items } = await caller.transactions({});
    expect(items.map((row) => row.traceId)).toContain('shared-trace');
    expect(items.map((row) => row.traceId)).not.toContain('their-secret');
    expect(items.find((row) => row.traceId === 'shared-trace')?.effectNano).toBe('-1000');
    expect((await caller.keys.list()).items.map((key) => key.name)).toEqual(['My key']);
    const everything = JSON.stringify([
      await caller.overview(),
      await caller.usage(USAGE),
      await caller.usage({ ...USAGE, by: 'key' }),
    ]);
    expect(everything).not.toContain('their-secret');
    expect(everything).not.toContain('777');
  });

  it('another tenant’s row as a cursor tells nothing of it', async () => {
    const { items } = await portal.callerOf(theirs).transactions({});
    const cursor = items[0]?.id ?? '';
    const page = await portal.callerOf(mine).transactions({ cursor });
    expect(page.items.every((row) => row.traceId !== 'their-secret')).toBe(true);
  });

  it('a tenant named in the input is not listened to', async () => {
    const input = { tenantId: theirs, status: 'COMMITTED' as const };
    const { items } = await portal.callerOf(mine).transactions(input);
    expect(items.map((row) => row.traceId)).not.toContain('their-secret');
  });

  it('no hash, owner, price or body hash leaves', async () => {
    const caller = portal.callerOf(mine);
    const fields = new Set(
      [...(await caller.keys.list()).items, ...(await caller.transactions({})).items].flatMap(
        Object.keys,
      ),
    );
    for (const hidden of ['keyHash', 'owner', 'bodyHash', 'inputPrice', 'upstream', 'tenantId']) {
      expect(fields).not.toContain(hidden);
    }
  });
});
