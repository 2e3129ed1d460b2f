import { derivePepper } from '@/server/security/api-key';
import { createSecretBox, type SecretBox } from '@/server/security/secret-box';
import type { Sql, Tx } from './client';
import { DatabaseError } from './migrate';

/** The pepper's name among the settings; it is there from a database's first start. */
const SETTING = 'api_key_pepper';
const OTHER_KEY =
  'This database is sealed with another ENCRYPTION_KEY. Set that one: no API key and no upstream works with this.';

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
    throw new DatabaseError(OTHER_KEY);
  }
}

/**
 * `readPepper` for a process that starts. It leaves the pepper in the database, sealed, so that another
 * ENCRYPTION_KEY is refused from then on. One that is older than this and in use keeps it once an
 * upstream's key proves ENCRYPTION_KEY right. Throws DatabaseError where that is another.
 */
export async function keepPepper(
  sql: Sql,
  secretBox: SecretBox,
  encryptionKey: string,
): Promise<Buffer> {
  const pepper = await readPepper(sql, secretBox, encryptionKey);
  const [found] = await sql<{ kept: boolean; used: boolean }[]>`
    select exists (select from setting where name = ${SETTING}) as kept,
      exists (select from api_key) as used`;
  if (found?.kept === true) return pepper;
  if (found?.used === true) {
    const secrets = await sql<{ sealed: Uint8Array }[]>`
      select api_key_encrypted as sealed from upstream where api_key_encrypted is not null`;
    if (secrets.length === 0) return pepper;
    // Alone: the previous one opens them too while API keys are hashed under what it was.
    const alone = createSecretBox(encryptionKey);
    if (!secrets.some(({ sealed }) => opens(alone, sealed))) throw new DatabaseError(OTHER_KEY);
  }
  await sql`
    insert into setting (name, value)
    values (${SETTING}, to_jsonb(${sealedPepper(secretBox, pepper)}::text))
    on conflict (name) do nothing`;
  // Whichever process was first has it right.
  return readPepper(sql, secretBox, encryptionKey);
}

const sealedPepper = (box: SecretBox, pepper: Buffer): string =>
  Buffer.from(box.seal(pepper.toString('base64'))).toString('base64');

function opens(box: SecretBox, sealed: Uint8Array): boolean {
  try {
    box.open(sealed);
    return true;
  } catch {
    return false;
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
    await tx`
      insert into setting (name, value)
      values (${SETTING}, to_jsonb(${sealedPepper(box, pepper)}::text))
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
