/** Which of one's tenants the portal shows. A wish, not a right: the membership decides. */
export const TENANT_COOKIE = 'tallygate-tenant';
