import type { Membership } from '../domain/ports/sign-in';

/** The tenant that the browser asks for, where the account belongs to it; else its first. */
export const chooseMembership = (
  memberships: readonly Membership[],
  wantedTenantId: string | undefined,
): Membership | null =>
  memberships.find(({ tenantId }) => tenantId === wantedTenantId) ?? memberships[0] ?? null;
