import { z } from 'zod';
import { TallygateError } from '../../domain/errors';
import type { TenantId } from '../../domain/ids';
import type { Repositories } from '../../domain/ports/repositories';
import { judgeWebhookUrl, type WebhookUrlFault } from '../../domain/webhook-url';
import { newWebhookSecret } from '../../security/webhook-secret';
import { auditEntry } from '../audit-entry';
import type { Call, ServiceContext } from '../context';
import { notFound, requireTenant } from '../permission';

export const setWebhookInput = z.strictObject({ url: z.string().trim() });

export interface WebhookSecretView {
  /** What signs every call, shown this once. */
  readonly secret: string;
}

type TenantCall<Input = undefined> = Call<Input> & { readonly tenantId: TenantId };

const FAULTS: Readonly<Record<WebhookUrlFault, string>> = {
  not_a_url: 'must be an address such as https://example.com/hook',
  not_https: 'must begin with https://',
  has_credentials: 'must not hold a user name or password; the signature shows who calls',
  not_public: 'must lead to the public internet',
};

/**
 * Sets where the tenant's webhooks go. The first time it makes the secret, which is then shown once;
 * another address keeps it, and answers null. Throws `invalid_field` for an address that is not allowed.
 */
export async function setWebhook({
  ctx,
  tenantId,
  input: { url },
}: TenantCall<z.output<typeof setWebhookInput>>): Promise<WebhookSecretView | null> {
  requireTenant(ctx, tenantId, 'budget.manage');
  const fault = judgeWebhookUrl(url, ctx.webhookPrivateHosts);
  if (fault !== null) {
    throw new TallygateError('invalid_field', `The address ${FAULTS[fault]}.`, { param: 'url' });
  }
  return await ctx.unitOfWork.transact(async (tx) => {
    await tx.tenants.lock(tenantId);
    const before = await tx.webhooks.find(tenantId);
    const secret = before === null ? newWebhookSecret() : null;
    const secretSealed = before?.secretSealed ?? ctx.secretBox.seal(secret ?? '');
    await tx.webhooks.put(tenantId, { url, secretSealed });
    await note(ctx, tx, tenantId, 'webhook.set', before?.url ?? null, url);
    return secret === null ? null : { secret };
  });
}

/** Makes a new secret in the old one's place, from the next call on. */
export async function rotateWebhookSecret({
  ctx,
  tenantId,
}: Omit<TenantCall, 'input'>): Promise<WebhookSecretView> {
  requireTenant(ctx, tenantId, 'budget.manage');
  const secret = newWebhookSecret();
  await ctx.unitOfWork.transact(async (tx) => {
    await tx.tenants.lock(tenantId);
    const endpoint = await tx.webhooks.find(tenantId);
    if (endpoint === null) throw notFound('webhook');
    await tx.webhooks.put(tenantId, { ...endpoint, secretSealed: ctx.secretBox.seal(secret) });
    await note(ctx, tx, tenantId, 'webhook.rotate_secret', endpoint.url, endpoint.url);
  });
  return { secret };
}

/** Sends nothing there any more; what waits fails. */
export async function removeWebhook({ ctx, tenantId }: Omit<TenantCall, 'input'>): Promise<void> {
  requireTenant(ctx, tenantId, 'budget.manage');
  await ctx.unitOfWork.transact(async (tx) => {
    await tx.tenants.lock(tenantId);
    const endpoint = await tx.webhooks.find(tenantId);
    if (endpoint === null || !(await tx.webhooks.remove(tenantId))) throw notFound('webhook');
    await note(ctx, tx, tenantId, 'webhook.remove', endpoint.url, null);
  });
}

/** The host alone: a path may be as good as a password. */
const hostIn = (url: string | null) => (url === null ? null : { host: new URL(url).host });

async function note(
  ctx: ServiceContext,
  tx: Repositories,
  tenantId: TenantId,
  action: string,
  before: string | null,
  after: string | null,
): Promise<void> {
  const change = { tenantId, action, target: tenantId };
  await tx.auditLog.append(
    auditEntry(ctx, { ...change, before: hostIn(before), after: hostIn(after) }),
  );
}
