import { uuidV7 } from '../../../domain/ids';
import type { AuditLog } from '../../../domain/ports/repositories';
import { auditLog } from '../schema';
import type { Tx } from './tx';

export function createAuditLog(tx: Tx): AuditLog {
  return {
    async append(entry) {
      await tx.insert(auditLog).values({ id: uuidV7(), ...entry });
    },
  };
}
