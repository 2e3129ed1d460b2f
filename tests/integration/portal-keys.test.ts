import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TenantId, uuidV7 } from '@/server/domain/ids';
import { ROLES, type Role } from '@/server/domain/ports/sign-in';
import { isWellFormedApiKey } from '@/server/security/api-key';
import { type PortalHarness, startPortal } from '../helpers/portal-harness';

const UNKNOWN = '0190a000-0000-7000-8000-000000000000';

let portal: PortalHarness;
let mine: TenantId;
let theirs: TenantId;

beforeAll(async () => {
  portal = await startPortal();
  [mine, theirs] = [await portal.newTenant(), await portal.newTenant()];
});
afterAll(() => portal.close());

type Caller = ReturnType<PortalHarness['callerOf']>;
const as = (role: Role) => portal.callerOf(mine, role);
const nameIn = async (caller: Caller, id: string) =>
  (await caller.keys.list()).items.find((key) => key.id === id);

/** Everything that may be done to one key. */
const CHANGES: readonly [string, (caller: Caller, keyId: string) => Promise<unknown>][] = [
  ['update', (caller, keyId) => caller.keys.update({ keyId, name: 'Renamed' })],
  ['setStatus', (caller, keyId) => caller.keys.setStatus({ keyId, status: 'disabled' })],
  ['rotate', (caller, keyId) => caller.keys.rotate({ keyId, overlapHours: 1 })],
  ['endOverlap', (caller, keyId) => caller.keys.endOverlap({ keyId })],
  ['revoke', (caller, keyId) => caller.keys.revoke({ keyId })],
];

describe('another tenant’s key', () => {
  it.each(CHANGES)(
    'cannot be reached by %s: NOT_FOUND, as one that does not exist',
    async (_, change) => {
      const keyId = await portal.newKey(theirs, { name: 'Theirs' });
      const errors = await Promise.all(
        [keyId, UNKNOWN, 'no-id'].map((id) => change(as('owner'), id).catch((error) => error)),
      );
      for (const error of errors) {
        expect(error).toMatchObject({ code: 'NOT_FOUND', message: 'There is no such key.' });
      }
      expect(await nameIn(portal.callerOf(theirs), keyId)).toMatchObject({
        name: 'Theirs',
        status: 'active',
        previous: null,
      });
      expect(await portal.auditOf(keyId)).toHaveLength(1);
    },
  );

  it('is not made by naming the tenant', async () => {
    const input = { name: 'x', tenantId: theirs };
    await expect(as('owner').keys.create(input)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('what a role may do', () => {
  const outcome = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: { code: string }) => error.code,
    );

  it('a viewer sees the keys and can neither make nor change one', async () => {
    const keyId = await portal.newKey(mine);
    const viewer = as('viewer');
    expect(await nameIn(viewer, keyId)).toMatchObject({ mayChange: false });
    expect((await viewer.keys.list()).mayCreate).toBe(false);
    expect(await outcome(viewer.keys.create({ name: 'x' }))).toBe('FORBIDDEN');
    for (const [, change] of CHANGES)
      expect(await outcome(change(viewer, keyId))).toBe('FORBIDDEN');
  });

  it('a member makes and changes keys of its own, and no other’s', async () => {
    const other = await portal.newKey(mine);
    const member = as('member');
    const { id } = await member.keys.create({ name: 'My own' });
    const { items, mayCreate } = await member.keys.list();
    const mayChange = new Map(items.map((key) => [key.id, key.mayChange]));
    expect([mayCreate, mayChange.get(id), mayChange.get(other)]).toEqual([true, true, false]);
    for (const [, change] of CHANGES) {
      expect(await outcome(change(member, other))).toBe('FORBIDDEN');
      expect(await outcome(change(member, id))).toBe('done');
    }
  });

  it.each(['admin', 'owner'] as const)('an %s changes every key', async (role) => {
    const { id } = await as('member').keys.create({ name: 'A member’s' });
    for (const [, change] of CHANGES) expect(await outcome(change(as(role), id))).toBe('done');
  });

  it('is said of every role', () => {
    expect([...ROLES].sort()).toEqual(['admin', 'member', 'owner', 'viewer']);
  });
});

describe('a change of a key', () => {
  it('is in the audit log with who, from where and what, and never with the key', async () => {
    const owner = portal.callerOf(mine, 'owner', '203.0.113.9');
    const made = await owner.keys.create({ name: 'Logged', rpm: 5 });
    const keyId = made.id;
    await owner.keys.update({
      keyId,
      rpm: 10,
      quotas: [{ quotaType: 'daily_amount', limit: '5000000000' }],
    });
    await owner.keys.update({ keyId, rpm: 10 });
    await owner.keys.setStatus({ keyId, status: 'disabled' });
    await owner.keys.setStatus({ keyId, status: 'active' });
    const rotated = await owner.keys.rotate({ keyId, overlapHours: 24 });
    await owner.keys.endOverlap({ keyId });
    await owner.keys.revoke({ keyId });
    await owner.keys.revoke({ keyId });
    const log = await portal.auditOf(keyId);
    expect(log.map(({ action }) => action)).toEqual([
      'key.create',
      'key.update',
      'key.disable',
      'key.enable',
      'key.rotate',
      'key.end_overlap',
      'key.revoke',
    ]);
    for (const entry of log) {
      expect(entry).toMatchObject({ tenant_id: mine, address: '203.0.113.9' });
      expect(entry.actor).toMatch(/^account:/);
    }
    expect(log[1]).toMatchObject({
      before: { rpm: 5, quotas: [] },
      after: { rpm: 10, quotas: [{ quotaType: 'daily_amount', limit: '5000000000' }] },
    });
    expect(Object.keys(log[1]?.after ?? {}).sort()).toEqual(['quotas', 'rpm']);
    for (const { key } of [made, rotated]) {
      expect(isWellFormedApiKey(key)).toBe(true);
      expect(JSON.stringify(log)).not.toContain(key.slice(10));
      expect(JSON.stringify(await owner.keys.list())).not.toContain(key.slice(10));
    }
  });

  it('is refused for a key that was revoked: that is final', async () => {
    const keyId = await portal.newKey(mine);
    await as('owner').keys.revoke({ keyId });
    for (const [name, change] of CHANGES.slice(0, 3)) {
      await expect(change(as('owner'), keyId), name).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    expect(await nameIn(as('owner'), keyId)).toMatchObject({ status: 'revoked', mayChange: false });
  });

  it('leaves what is not named as it was', async () => {
    const { id: keyId } = await as('owner').keys.create({
      name: 'Whole',
      rpm: 1,
      allowedIps: ['10.0.0.0/8', '2001:db8::/32'],
      allowedModels: ['sim-fast'],
      quotas: [{ quotaType: 'total_requests', limit: 9 }],
    });
    const after = await as('owner').keys.update({ keyId, name: 'Renamed' });
    expect(after).toMatchObject({
      name: 'Renamed',
      rpm: 1,
      allowedIps: ['10.0.0.0/8', '2001:db8::/32'],
      allowedModels: ['sim-fast'],
      quotas: [{ quotaType: 'total_requests', limit: 9 }],
    });
  });

  it('that leaves its quotas as they are, leaves the tenant’s quota row alone', async () => {
    const quotas = [
      { quotaType: 'total_requests', limit: 9 },
      { quotaType: 'daily_amount', limit: '5' },
    ] as const;
    const { id: keyId } = await as('owner').keys.create({ name: 'Quotas', quotas: [...quotas] });
    const versions = () => portal.sql`
      select q.version as of_tenant, max(k.version) as of_key, min(k.version)
      from tenant_quota q, api_key_quota k
      where q.tenant_id = ${mine} and k.api_key_id = ${keyId} group by q.version`;
    const before = await versions();
    await as('owner').keys.update({ keyId, name: 'Same quotas', quotas: [...quotas].reverse() });
    expect(await versions()).toEqual(before);
  });

  it.each([
    ['no block', { allowedIps: ['10.0.0.0/33'] }],
    ['no address', { allowedIps: ['example.com'] }],
    ['a list of nothing', { allowedModels: [] }],
    ['a rate of nothing', { rpm: 0 }],
    ['an overlap of a year', { overlapHours: 8760 }],
  ])('with %s is refused, and says which field', async (_, fields) => {
    const keyId = await portal.newKey(mine);
    const { rotate, update } = as('owner').keys;
    const asked =
      'overlapHours' in fields
        ? rotate({ keyId, overlapHours: fields.overlapHours })
        : update({ keyId, ...fields });
    await expect(asked).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('the list of keys', () => {
  it('says what is used of each quota, when it starts afresh, and who made the key', async () => {
    const accountId = uuidV7();
    await portal.sql`insert into account (id, email, name) values (${accountId}, 'ada@x.test', 'Ada')`;
    const keyId = await portal.newKey(mine, {
      quotas: [
        { quotaType: 'daily_requests', limit: 5 },
        { quotaType: 'monthly_tokens', limit: 50 },
        { quotaType: 'total_amount', limit: '500' },
      ],
    });
    await portal.sql`update api_key set created_by = ${accountId} where id = ${keyId}`;
    const key = await nameIn(as('viewer'), keyId);
    expect(key).toMatchObject({ creatorName: 'Ada', usedToday: false });
    const waits = new Map(key?.quotas.map((quota) => [quota.type, quota.resetsInMs]));
    const [day, month] = [waits.get('daily_requests'), waits.get('monthly_tokens')];
    expect(new Date(Date.now() + Number(day)).getUTCHours()).toBe(0);
    expect(new Date(Date.now() + Number(month) + 60_000).getUTCDate()).toBe(1);
    expect(waits.get('total_amount')).toBeNull();
  });
});
