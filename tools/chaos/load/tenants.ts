import type { AdminClient, TestTenant } from '../../../tests/helpers/admin-client';

/** A tenant of one burst, and the most that it may ever use. */
export interface ChaosTenant extends TestTenant {
  /** It lives from what the operator tops it up with. */
  readonly isToppedUp: boolean;
}

interface Kind {
  readonly count: number;
  readonly fields: object;
  readonly keyFields?: object;
  readonly isToppedUp?: boolean;
}

/** Most can pay for all they ask; the others come to the end of one limit or another. */
const KINDS: readonly Kind[] = [
  { count: 13, fields: { balance: '100000000000' } },
  { count: 3, fields: { balance: '2000000' }, isToppedUp: true },
  { count: 2, fields: { balance: '500000', creditLimit: '2000000' } },
  { count: 2, fields: { balance: '100000000000', dailyLimit: 40 } },
  { count: 2, fields: { balance: '100000000000', monthlyLimit: 50 } },
  {
    count: 1,
    fields: { balance: '100000000000' },
    keyFields: { quotas: [{ quotaType: 'daily_requests', limit: 40 }] },
  },
  {
    count: 1,
    fields: { balance: '100000000000' },
    keyFields: { quotas: [{ quotaType: 'total_amount', limit: 3_000_000 }] },
  },
];

/** The tenants of one burst, made anew, so that each burst is judged by itself. */
export async function makeTenants(admin: AdminClient): Promise<ChaosTenant[]> {
  const tenants: ChaosTenant[] = [];
  for (const { count, fields, keyFields = {}, isToppedUp = false } of KINDS) {
    for (let index = 0; index < count; index += 1) {
      tenants.push({ ...(await admin.newTenant(fields, keyFields)), isToppedUp });
    }
  }
  return tenants;
}
