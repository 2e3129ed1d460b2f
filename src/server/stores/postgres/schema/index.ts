export { account, auditLog, membership, setting } from './account';
export { apiKey, apiKeyQuota } from './api-key';
export { billingTransaction } from './billing-transaction';
export { model, upstream, upstreamModel } from './catalogue';
export { accountIdentity, accountLink, accountSession, invitation } from './identity';
export { billingQuarantine } from './quarantine';
export { storedAnswer, storedAnswerAccount } from './stored-answer';
export { tenant, tenantQuota } from './tenant';
export { usageRollup } from './usage-rollup';
