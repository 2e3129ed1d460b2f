import { readFileSync } from 'node:fs';

/** What may be given by a file that `<name>_FILE` names, as container platforms mount secrets. */
export const GIVEN_BY_FILE = [
  'DATABASE_URL',
  'REDIS_URL',
  'OPENAI_API_KEY',
  'ADMIN_TOKEN',
  'NEXTAUTH_SECRET',
  'ENCRYPTION_KEY',
  'ENCRYPTION_KEY_PREVIOUS',
  'CRON_SECRET',
  'METRICS_TOKEN',
  'SMTP_URL',
  'GITHUB_SECRET',
  'GOOGLE_CLIENT_SECRET',
] as const;

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The variables with what files say of them, without the line break at a file's end; and what is wrong
 * with a file, a sentence's beginning each.
 */
export function withFiles(given: Variables): { variables: Variables; faults: string[] } {
  const read: Record<string, string> = {};
  const faults: string[] = [];
  for (const name of GIVEN_BY_FILE) {
    const file = given[`${name}_FILE`];
    if (file === undefined) continue;
    if (given[name] !== undefined) faults.push(`${name} and ${name}_FILE are both set; keep one`);
    try {
      const value = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      if (value === '') faults.push(`${name}_FILE names an empty file`);
      else read[name] = value;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
      faults.push(`${name}_FILE names a file that cannot be read (${code})`);
    }
  }
  return { variables: { ...given, ...read }, faults };
}
