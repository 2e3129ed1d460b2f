import { z } from 'zod';
import type { ApiContainer } from '@/server/api/context';
import { ADMIN_ROOT, handleAdminRequest } from '@/server/api/rest/handle';
import { createAttemptLimiter } from '@/server/auth/attempt-limiter';
import { hashPassword, verifyPassword } from '@/server/auth/password';
import type { TenantId } from '@/server/domain/ids';
import type { AuditRun } from '@/server/domain/ports/audit';
import type { Letter } from '@/server/domain/ports/letters';
import type { KeyQuotaRow, QuotaRow } from '@/server/domain/quota';
import { createKeyHasher } from '@/server/security/api-key';
import { createSecretBox } from '@/server/security/secret-box';
import type { Actor, Browser, IdentityTools, ServiceContext } from '@/server/services/context';
import { tenantView } from '@/server/services/tenants/view';
import { createAccountDirectory } from '@/server/stores/postgres/accounts';
import { createPostgresClient } from '@/server/stores/postgres/client';
import { createPortalReader } from '@/server/stores/postgres/portal-queries';
import { createPostgresQuarantine } from '@/server/stores/postgres/quarantine';
import { createPostgresQuotaStore } from '@/server/stores/postgres/quota-store';
import { createUnitOfWork } from '@/server/stores/postgres/repositories';
import { createDatabase } from './database';

export const ADMIN_TOKEN = 'an-admin-token-for-tests';
const ENCRYPTION_KEY = 'an-encryption-key-for-tests';
/** Whoever acts for a tenant here. */
const ACCOUNT_ID = '0190a000-0000-7000-8000-00000000000a';
const ORIGIN = 'http://127.0.0.1:3000';

export const hashKey = createKeyHasher(ENCRYPTION_KEY);
export const secretBox = createSecretBox(ENCRYPTION_KEY);

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** What the change feed was told, in order. */
export interface Told {
  readonly quotas: { readonly quota: QuotaRow; readonly keyQuotas: readonly KeyQuotaRow[] }[];
  keys: number;
  catalogue: number;
}

const errorShape = z.strictObject({
  error: z.strictObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string(),
  }),
});

/** Code and param of an error reply; throws when it is not in OpenAI's shape. */
export function faultOf(reply: Reply) {
  const { error } = errorShape.parse(reply.body);
  return { status: reply.status, code: error.code, param: error.param };
}

export type AdminHarness = Awaited<ReturnType<typeof startAdmin>>;

/** The admin API over a database of its own, with everything behind it real but the change feed. */
export async function startAdmin() {
  const database = await createDatabase();
  const client = createPostgresClient(database.url);
  const told: Told = { quotas: [], keys: 0, catalogue: 0 };
  const runs: {
    audit: () => Promise<AuditRun>;
    reconcile: () => Promise<object>;
    retry: ServiceContext['retryQuarantined'];
  } = {
    audit: async () => ({
      report: { ok: true, invariants: [] },
      tenants: { checked: 0, total: 0 },
      isWhole: true,
    }),
    reconcile: async () => ({ tenants: 0 }),
    retry: async () => 'booked',
  };
  const webhookPrivateHosts: string[] = [];
  const letters: { to: string; letter: Letter }[] = [];
  const identity: { -readonly [Key in keyof IdentityTools]: IdentityTools[Key] } = {
    signUp: 'open',
    trialCreditNano: 0n,
    attempts: createAttemptLimiter(),
    post: {
      isOpen: true,
      send: async (_tx, to, _language, letter) => void letters.push({ to, letter }),
      tell: async (_tx, _tenantId, to, _language, letter) => void letters.push({ to, letter }),
    },
    passwords: { hash: hashPassword, verify: verifyPassword },
    pageUrl: (page) => `${ORIGIN}${page}`,
  };
  const serviceContext = (
    actor: Actor,
    address: string | null = null,
    browser: Browser = { signedIn: null, language: 'en' },
  ): ServiceContext => ({
    ...browser,
    actor,
    address,
    identity,
    unitOfWork: createUnitOfWork(client.db),
    feed: {
      async quotaChanged(quota, keyQuotas) {
        told.quotas.push({ quota, keyQuotas });
      },
      async keysChanged() {
        told.keys += 1;
      },
      async catalogueChanged() {
        told.catalogue += 1;
      },
    },
    hashKey,
    secretBox,
    webhookPrivateHosts,
    runAudit: () => runs.audit(),
    runReconcile: () => runs.reconcile(),
    quarantine: createPostgresQuarantine(client.sql),
    retryQuarantined: (operationId) => runs.retry(operationId),
  });
  const container: ApiContainer = {
    env: { ADMIN_TOKEN, NEXTAUTH_URL: undefined },
    accounts: createAccountDirectory(client.db),
    portal: createPortalReader(client.db),
    standings: createPostgresQuotaStore(client.sql),
    serviceContext,
  };

  async function send(request: Request, over: ApiContainer = container): Promise<Reply> {
    const response = await handleAdminRequest(request, over);
    const text = await response.text();
    const body: unknown = text === '' ? null : JSON.parse(text);
    return { status: response.status, headers: response.headers, body };
  }

  /** A request with the admin token; a body is sent as JSON. */
  const rest = (method: string, path: string, body?: unknown): Promise<Reply> =>
    send(
      new Request(`${ORIGIN}${ADMIN_ROOT}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${ADMIN_TOKEN}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );

  const newTenant = async (fields: object = {}) =>
    tenantView.parse((await rest('POST', 'tenants', { name: 'Acme', ...fields })).body);

  return {
    sql: client.sql,
    client,
    databaseUrl: database.url,
    directUrl: database.directUrl,
    container,
    serviceContext,
    told,
    letters,
    webhookPrivateHosts,
    identity,
    runs,
    send,
    rest,
    newTenant,
    url: (path: string) => `${ORIGIN}${ADMIN_ROOT}${path}`,
    /** Makes the account that `accountOf` acts as; what it does may name it. */
    signUp: async () => {
      await client.sql`insert into account (id, email, name) values (${ACCOUNT_ID}, 'a@b.test', 'A')`;
    },
    accountOf: (tenantId: TenantId, role: 'owner' | 'admin' | 'member' | 'viewer'): Actor => ({
      kind: 'account',
      accountId: ACCOUNT_ID,
      tenantId,
      role,
    }),
    async close() {
      await client.close();
      await database.drop();
    },
  };
}
