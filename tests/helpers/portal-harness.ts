import type { ApiContext } from '@/server/api/context';
import type { ExportContext } from '@/server/api/csv/export';
import { portalRouter } from '@/server/api/portal-router';
import { type TenantId, trustedTenantId, uuidV7 } from '@/server/domain/ids';
import type { Role } from '@/server/domain/ports/sign-in';
import { createKey, createKeyInput } from '@/server/services/keys/create';
import type { LimitsContext } from '@/server/services/portal/read-limits';
import { rebuildUsage } from '@/server/stores/postgres/usage-rebuild';
import { startAdmin } from './admin-harness';

export const DAY_MS = 86_400_000;
/** The moment at which the portal's tests look, unless they say otherwise. */
export const NOW_MS = Date.UTC(2026, 10, 23, 12);

interface AuditRow {
  readonly tenant_id: string;
  readonly actor: string;
  readonly action: string;
  readonly before: object | null;
  readonly after: object | null;
  readonly address: string | null;
}

export type PortalHarness = Awaited<ReturnType<typeof startPortal>>;

/** The portal's procedures over a database of its own, and ledger rows made by hand. */
export async function startPortal() {
  const admin = await startAdmin();
  await admin.signUp();
  const { sql, container } = admin;
  const newKey = async (tenantId: TenantId, fields: object = {}): Promise<string> => {
    const ctx = admin.serviceContext({ kind: 'operator' });
    const input = createKeyInput.parse({ tenantId, name: 'k', ...fields });
    return (await createKey({ ctx, input })).id;
  };

  return {
    sql,
    close: admin.close,
    newKey,

    newTenant: async (): Promise<TenantId> =>
      trustedTenantId((await admin.newTenant({ balance: '10000000' })).id),

    /** A COMMITTED charge of 1000 nano-USD at NOW_MS by a key of its own, unless the fields say otherwise. */
    async charge(tenantId: TenantId, fields: Readonly<Record<string, unknown>> = {}) {
      const { atMs = NOW_MS, api_key_id = null, ...rest } = fields;
      const createdAt = new Date(Number(atMs));
      const id = uuidV7(createdAt.getTime());
      const day = createdAt.toISOString().slice(0, 10);
      const row = {
        id,
        tenant_id: tenantId,
        trace_id: id,
        api_key_id: api_key_id === null ? await newKey(tenantId) : String(api_key_id),
        kind: 'charge',
        status: 'COMMITTED',
        model: 'sim-fast',
        input_tokens: 10,
        output_tokens: 20,
        amount: '1000',
        day,
        month: day.slice(0, 7),
        created_at: createdAt,
        ...rest,
      };
      await sql`insert into billing_transaction ${sql(row)}`;
      await rebuildUsage(sql);
      return id;
    },

    /** What the audit log says of something, oldest first. */
    auditOf: async (target: string): Promise<readonly AuditRow[]> =>
      await sql<AuditRow[]>`
        select tenant_id, actor, action, before, after, address from audit_log
        where target = ${target} order by id`,

    contextOf: (tenantId: TenantId, nowMs = NOW_MS): LimitsContext & ExportContext => ({
      portal: container.portal,
      standings: container.standings,
      tenantId,
      actor: admin.accountOf(tenantId, 'viewer'),
      services: admin.serviceContext(admin.accountOf(tenantId, 'viewer')),
      nowMs,
    }),

    /** Null: nobody is signed in. */
    callerOf(
      who: TenantId | 'operator' | null,
      role: Role = 'viewer',
      address: string | null = null,
    ) {
      const actor =
        who === null
          ? null
          : who === 'operator'
            ? ({ kind: 'operator' } as const)
            : admin.accountOf(who, role);
      const ctx: ApiContext = { container, actor, address, requestId: 'r' };
      return portalRouter.createCaller(ctx);
    },
  };
}
