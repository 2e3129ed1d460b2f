import type { SecretBox } from '../../../src/server/security/secret-box';
import type { Sql } from '../../../src/server/stores/postgres/client';
import { readPepper } from '../../../src/server/stores/postgres/key-pepper';
import { DatabaseError } from '../../../src/server/stores/postgres/migrate';
import { type Finding, reporter } from '../finding';

const report = reporter('keys');

/** Whether an instance with this ENCRYPTION_KEY would know the API keys of the database. */
export async function checkPepper(
  sql: Sql,
  secretBox: SecretBox,
  encryptionKey: string,
): Promise<Finding[]> {
  try {
    await readPepper(sql, secretBox, encryptionKey);
    return [];
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const mend =
      'Set the ENCRYPTION_KEY that the instances had, or npm run rotate-encryption-key was last given';
    return [report.fail('API keys are hashed under what another ENCRYPTION_KEY seals', mend)];
  }
}
