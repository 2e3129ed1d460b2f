import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals small secrets at rest. */
export interface SecretBox {
  seal(plain: string): Uint8Array;
  /** Throws when the key is another than it was sealed with, or the bytes were changed. */
  open(sealed: Uint8Array): string;
}

/**
 * AES-256-GCM under a key derived from ENCRYPTION_KEY; layout: iv, tag, ciphertext. It opens what the
 * previous one sealed as well.
 */
export function createSecretBox(encryptionKey: string, previous?: string): SecretBox {
  const box = boxUnder(encryptionKey);
  if (previous === undefined) return box;
  const older = boxUnder(previous);
  return {
    seal: (plain) => box.seal(plain),
    open(sealed) {
      try {
        return box.open(sealed);
      } catch {
        return older.open(sealed);
      }
    },
  };
}

function boxUnder(encryptionKey: string): SecretBox {
  const key = Buffer.from(hkdfSync('sha256', encryptionKey, 'tallygate', 'upstream-secrets', 32));
  return {
    seal(plain) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), text]);
    },
    open(sealed) {
      const bytes = Buffer.from(sealed);
      // Without its length a tag cut short would pass.
      const options = { authTagLength: TAG_BYTES };
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), options);
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const text = bytes.subarray(IV_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
    },
  };
}
