import { hash, verify } from '@node-rs/argon2';

/** OWASP's argon2id parameters: 19 MiB, two passes. The library's default algorithm is argon2id. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** A PHC string of argon2id with a salt of its own. */
export const hashPassword = (password: string): Promise<string> => hash(password, COST);

let decoy: Promise<string> | undefined;

/**
 * True when the password is the hash's. Without a hash it verifies against a decoy of the same cost
 * and says false, so that the time taken does not tell whether an account exists.
 */
export async function verifyPassword(
  passwordHash: string | null,
  password: string,
): Promise<boolean> {
  decoy ??= hashPassword('no account has this password');
  const decoyHash = await decoy;
  const matches = await verify(passwordHash ?? decoyHash, password).catch(() => false);
  return passwordHash !== null && matches;
}
