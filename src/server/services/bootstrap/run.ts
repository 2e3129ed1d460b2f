import { z } from 'zod';
import {
  newApiKeyId,
  newTenantId,
  parseTenantId,
  type TenantId,
  trustedTraceId,
} from '../../domain/ids';
import type { NewUpstream, Repositories } from '../../domain/ports/repositories';
import { apiKeyPrefix } from '../../security/api-key';
import { auditEntry } from '../audit-entry';
import type { Call, ServiceContext } from '../context';
import { bookCredit } from '../credits/book';
import { requireOperator } from '../permission';
import { OPENAI_MODELS, SIMULATOR_MODELS } from './catalogue';

const DEMO_BALANCE_NANO = 5_000_000_000n;
const OPENAI_BASE_URL = 'https://api.openai.com/v1';

/** What the environment asks for; null where it does not. */
export interface BootstrapInput {
  readonly demo: {
    readonly tenantId: string | null;
    readonly email: string;
    readonly passwordHash: () => Promise<string>;
    readonly apiKey: string;
  } | null;
  readonly openai: { readonly apiKey: string | null; readonly baseUrl: string | null } | null;
  readonly simulatorUrl: string | null;
}

/**
 * Puts in place what a start needs: the demo tenant once, the first upstreams and their models.
 * Safe to run at every start and on several instances at once. Returns the demo tenant, if any.
 */
export async function runBootstrap({
  ctx,
  input,
}: Call<BootstrapInput>): Promise<{ readonly tenantId: TenantId | null }> {
  requireOperator(ctx);
  const tenantId = await ctx.unitOfWork.transact(async (tx) => {
    await tx.settings.lock('bootstrap');
    if (input.simulatorUrl !== null) await offerSimulator(ctx, tx, input.simulatorUrl);
    if (input.openai !== null) await putOpenAi(ctx, tx, input.openai);
    return seedDemo(ctx, tx, input.demo);
  });
  await ctx.feed.catalogueChanged();
  return { tenantId };
}

const seededSetting = z.object({ tenantId: z.string() });

async function seedDemo(
  ctx: ServiceContext,
  tx: Repositories,
  demo: BootstrapInput['demo'],
): Promise<TenantId | null> {
  const seeded = seededSetting.safeParse(await tx.settings.get('seeded'));
  if (seeded.success) return parseTenantId(seeded.data.tenantId);
  if (demo === null) return null;
  const id = parseTenantId(demo.tenantId ?? '') ?? newTenantId();
  await tx.settings.put('seeded', { tenantId: id });
  if (await tx.tenants.create({ id, name: 'Demo' })) {
    await bookCredit(tx, {
      tenantId: id,
      traceId: trustedTraceId('demo-topup'),
      kind: 'topup',
      amountNano: DEMO_BALANCE_NANO,
      note: 'A balance to try things with',
      refundOf: null,
    });
  }
  const accountId = await tx.accounts.ensure({
    email: demo.email.toLowerCase(),
    name: 'Demo',
    passwordHash: await demo.passwordHash(),
  });
  await tx.accounts.addMembership(accountId, id, 'owner');
  await tx.keys.create({
    id: newApiKeyId(),
    tenantId: id,
    name: 'Demo key',
    createdBy: accountId,
    keyHash: ctx.hashKey(demo.apiKey),
    keyPrefix: apiKeyPrefix(demo.apiKey),
    expiresAt: null,
    allowedModels: null,
    allowedIps: null,
    rpm: null,
    tpm: null,
    concurrency: null,
    quotas: [],
  });
  await tx.auditLog.append(
    auditEntry(ctx, {
      tenantId: id,
      action: 'bootstrap.demo',
      target: id,
      after: { name: 'Demo' },
    }),
  );
  return id;
}

/** Offered once ever: an operator who deletes it has deleted it for good. */
async function offerSimulator(ctx: ServiceContext, tx: Repositories, url: string): Promise<void> {
  const baseUrl = url.replace(/\/+$/, '');
  if ((await tx.settings.get('simulator_offered')) !== undefined) {
    await tx.upstreams.relocate('simulator', baseUrl);
    return;
  }
  await tx.settings.put('simulator_offered', true);
  await tx.models.addMissing(SIMULATOR_MODELS);
  if ((await tx.upstreams.find('simulator')) !== null) return;
  await putUpstream(ctx, tx, {
    ...upstreamDefaults,
    name: 'simulator',
    baseUrl,
    apiKeySealed: null,
    models: Object.fromEntries(SIMULATOR_MODELS.map(({ id }) => [id, id])),
    builtIn: true,
  });
}

/** Where and with which secret follows the environment; everything else is the operator's. */
async function putOpenAi(
  ctx: ServiceContext,
  tx: Repositories,
  openai: NonNullable<BootstrapInput['openai']>,
): Promise<void> {
  const before = await tx.upstreams.find('openai');
  await putUpstream(ctx, tx, {
    ...upstreamDefaults,
    models: { '*': '*' },
    ...before,
    name: 'openai',
    baseUrl: (openai.baseUrl ?? OPENAI_BASE_URL).replace(/\/+$/, ''),
    apiKeySealed: openai.apiKey === null ? null : ctx.secretBox.seal(openai.apiKey),
  });
  if ((await tx.settings.get('openai_offered')) !== undefined) return;
  await tx.settings.put('openai_offered', true);
  await tx.models.addMissing(OPENAI_MODELS);
}

const upstreamDefaults = { weight: 1, priority: 0, timeoutMs: 600_000, builtIn: false };

async function putUpstream(ctx: ServiceContext, tx: Repositories, upstream: NewUpstream) {
  const before = await tx.upstreams.find(upstream.name);
  await tx.upstreams.put(upstream);
  if (before !== null && before.baseUrl === upstream.baseUrl) return;
  await tx.auditLog.append(
    auditEntry(ctx, {
      action: 'bootstrap.upstream',
      target: upstream.name,
      before: before === null ? null : { baseUrl: before.baseUrl },
      after: { baseUrl: upstream.baseUrl },
    }),
  );
}
