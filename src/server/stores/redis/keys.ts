import type { ApiKeyId, TenantId, TraceId } from '@/server/domain/ids';
import { type AnswerName, answerLabel } from '@/server/domain/ports';

/** The quota hash; its own name is the hash tag that keeps a tenant's keys in one cluster slot. */
export const quotaKey = (tenant: TenantId): string => `gw:quota:tenant:${tenant}`;

const tagged = (tenant: TenantId, rest: string): string => `{${quotaKey(tenant)}}:${rest}`;

export const operationsKey = (tenant: TenantId): string => tagged(tenant, 'ops');
export const tombstonesKey = (tenant: TenantId): string => tagged(tenant, 'folded');
/** The newest version that a fold has brought: no hash is built from an older reading. */
export const floorKey = (tenant: TenantId): string => tagged(tenant, 'floor');
/** Settlements that wait for Postgres, where no disk could take them. */
export const spoolKey = (tenant: TenantId): string => tagged(tenant, 'spool');
/** What was found there and is no settlement: kept for a person to look at. */
export const damagedSpoolKey = (tenant: TenantId): string => tagged(tenant, 'spool:unreadable');
export const rateKey = (tenant: TenantId, key: ApiKeyId): string => tagged(tenant, `rate:${key}`);
/** The lock of a trace in flight; the empty trace is a name that never exists, for the scripts. */
export const traceKey = (tenant: TenantId, trace: TraceId | null): string =>
  tagged(tenant, `trace:${trace ?? ''}`);
export const answerKey = (name: AnswerName): string =>
  tagged(name.tenantId, `answer:${answerLabel(name)}`);

/** The bytes of a tenant's answers, and when each ends. */
export const answerAccountKey = (tenant: TenantId): string => tagged(tenant, 'answers');
export const answerEndsKey = (tenant: TenantId): string => tagged(tenant, 'answers:ends');

export const QUOTA_KEY_PATTERN = 'gw:quota:tenant:*';
export const OPERATIONS_KEY_PATTERN = '{gw:quota:tenant:*}:ops';
/** Which tenants have something on the spool. */
export const SPOOLING_TENANTS_KEY = 'gw:spool';

/** Written to see whether a Redis takes a write; of no tenant, and soon gone. */
export const probeKey = (n: number): string => `gw:probe:${n}`;

/** The tenant of an operations key, as text. */
export const tenantOfOperationsKey = (key: string): string =>
  key.slice('{gw:quota:tenant:'.length, -'}:ops'.length);

export const INVALIDATION_CHANNEL = 'gw:invalidate';
/** The tenant of a quota hash's key, as text. */
export const tenantOfQuotaKey = (key: string): string => key.slice('gw:quota:tenant:'.length);
