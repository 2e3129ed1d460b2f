import { derivePepper } from '@/server/security/api-key';
import { createSecretBox, type SecretBox } from '@/server/security/secret-box';
import type { Sql, Tx } from './client';
import { DatabaseError } from './migrate';

/** The pepper's name among the settings; it is there once ENCRYPTION_KEY was changed. */
const SETTING = 'api_key_pepper';

/** Every column that the secret box seals. */
export const SEALED = [
  ['upstream', 'api_key_encrypted'],
  ['webhook_endpoint', 'secret_sealed'],
  ['outbox', 'payload'],
] as const;

/**
 * What API keys are hashed under: derived from ENCRYPTION_KEY, or, since that was changed, the one that
 * they always were, sealed. Throws DatabaseError where no key of `secretBox` opens it.
 */
export async function readPepper(
  sql: Sql | Tx,
  secretBox: SecretBox,
  encryptionKey: string,
): Promise<Buffer> {
  const [row] = await sql<{ sealed: string | null }[]>`
    select value #>> '{}' as sealed from setting where name = ${SETTING}`;
  if (row === undefined) return derivePepper(encryptionKey);
  const sealed = Buffer.from(row.sealed ?? '', 'base64');
  try {
    return Buffer.from(secretBox.open(sealed), 'base64');
  } catch {
    throw new DatabaseError('This database is sealed with another ENCRYPTION_KEY.');
  }
}

/**
 * Seals everything anew with `current`, in one transaction: upstreams' keys, what webhooks are signed
 * with, letters and calls on their way, and the pepper, which stays what it was under `previous`. May be
 * repeated. Gives the number of secrets. Throws, and changes nothing, where one cannot be opened.
 */
export async function sealAnew(sql: Sql, current: string, previous: string): Promise<number> {
  const box = createSecretBox(current, previous);
  return await sql.begin(async (tx) => {
    const pepper = await readPepper(tx, box, previous);
    const sealed = Buffer.from(box.seal(pepper.toString('base64'))).toString('base64');
    await tx`
      insert into setting (name, value) values (${SETTING}, to_jsonb(${sealed}::text))
      on conflict (name) do update set value = excluded.value`;
    let secrets = 1;
    for (const [table, column] of SEALED) secrets += await sealColumn(tx, box, table, column);
    return secrets;
  });
}

async function sealColumn(tx: Tx, box: SecretBox, table: string, column: string): Promise<number> {
  const rows = await tx<{ place: string; sealed: Uint8Array }[]>`
    select ctid::text as place, ${tx(column)} as sealed from ${tx(table)}
    where ${tx(column)} is not null for update`;
  for (const { place, sealed } of rows) {
    const anew = Buffer.from(box.seal(box.open(sealed)));
    await tx`update ${tx(table)} set ${tx(column)} = ${anew} where ctid = ${place}::tid`;
  }
  return rows.length;
}
