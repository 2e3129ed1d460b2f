import type { Repositories, UnitOfWork } from '../../../domain/ports/repositories';
import type { Database } from '../client';
import { createAccountRepository } from './accounts';
import { createAuditLog } from './audit-log';
import { createBudgetRepository } from './budgets';
import { createInvitationRepository } from './invitations';
import { createKeyRepository } from './keys';
import { createMemberRepository } from './members';
import { createModelRepository } from './models';
import { createOutboxRepository } from './outbox';
import { createSessionRepository } from './sessions';
import { createSettingRepository } from './settings';
import { createTenantRepository } from './tenants';
import { createTransactionRepository } from './transactions';
import type { Tx } from './tx';
import { createUpstreamRepository } from './upstreams';
import { createWebhookRepository } from './webhooks';

const ATTEMPTS_MAX = 3;
/** serialization_failure, deadlock_detected: nothing was written, the work may run again. */
const RETRIABLE = new Set(['40001', '40P01']);

function isRetriable(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && RETRIABLE.has(at.code)) return true;
  }
  return false;
}

const repositories = (tx: Tx): Repositories => ({
  tenants: createTenantRepository(tx),
  keys: createKeyRepository(tx),
  transactions: createTransactionRepository(tx),
  models: createModelRepository(tx),
  upstreams: createUpstreamRepository(tx),
  accounts: createAccountRepository(tx),
  sessions: createSessionRepository(tx),
  members: createMemberRepository(tx),
  invitations: createInvitationRepository(tx),
  settings: createSettingRepository(tx),
  budgets: createBudgetRepository(tx),
  outbox: createOutboxRepository(tx),
  webhooks: createWebhookRepository(tx),
  auditLog: createAuditLog(tx),
});

/** Transactions on Postgres, tried up to three times when the database breaks a deadlock. */
export function createUnitOfWork(db: Database): UnitOfWork {
  return {
    async transact(work) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await db.transaction((tx) => work(repositories(tx)));
        } catch (error) {
          if (attempt === ATTEMPTS_MAX || !isRetriable(error)) throw error;
        }
      }
    },
  };
}
