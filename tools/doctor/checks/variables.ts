import { type Env, EnvError, readEnv } from '../../../src/env';
import { type Finding, reporter } from '../finding';
import type { Settings } from '../settings';

const report = reporter('variables');

/** 24 random bytes in base64 have 32 characters: nobody guesses 192 bits. */
const SECRET_LENGTH = 32;
const SECRETS = [
  'ADMIN_TOKEN',
  'NEXTAUTH_SECRET',
  'ENCRYPTION_KEY',
  'CRON_SECRET',
  'METRICS_TOKEN',
];
const EXAMPLE =
  /change.?me|replace|example|secret|password|your|token|xxxx|1234|test|dummy|insert/i;
const MAKE_ONE =
  'Make one with `openssl rand -base64 32`; docs/operations.md says how to change it';
const DISTINCT_MIN = 10;

export interface VariablesReading {
  readonly findings: readonly Finding[];
  /** Null where a variable is wrong: then a server would not start. */
  readonly env: Env | null;
}

/** Judges every variable as a start would, then what a start lets pass. */
export function checkVariables({ env: given, kept }: Settings): VariablesReading {
  try {
    const env = readEnv(given);
    const source =
      kept.size === 0 ? 'as given' : `${kept.size} of them kept by npm start in its data folder`;
    const findings = [...secretsOf(given), ...sharedSecrets(given), ...choices(env)];
    return { env, findings: [report.ok(`all are valid, ${source}`), ...findings] };
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    const mend = 'Set it as the table in docs/operations.md says';
    return { env: null, findings: error.faults.map((fault) => report.fail(fault, mend)) };
  }
}

function secretsOf(given: Settings['env']): Finding[] {
  return SECRETS.flatMap((name) =>
    (given[name] ?? '')
      .split(',')
      .filter((secret) => secret !== '')
      .flatMap((secret) => judgeSecret(name, secret)),
  );
}

function judgeSecret(name: string, secret: string): Finding[] {
  if (EXAMPLE.test(secret) || new Set(secret).size < DISTINCT_MIN) {
    return [report.fail(`${name} looks like an example, or can be guessed`, MAKE_ONE)];
  }
  if (secret.length >= SECRET_LENGTH) return [];
  return [report.warn(`${name} has ${secret.length} characters, not ${SECRET_LENGTH}`, MAKE_ONE)];
}

/** Who learns one of them must not have learnt the other. */
function sharedSecrets(given: Settings['env']): Finding[] {
  return SECRETS.flatMap((name, index) =>
    SECRETS.slice(index + 1)
      .filter((other) => given[name] !== undefined && given[name] === given[other])
      .map((other) => report.warn(`${name} and ${other} are the same`, MAKE_ONE)),
  );
}

const isLoopback = (host: string) => /^(127\.|localhost$|::1$)/.test(host);

function choices(env: Env): Finding[] {
  const findings: Finding[] = [];
  const warnIf = (is: boolean, says: string, mend: string) => {
    if (is) findings.push(report.warn(says, mend));
  };
  const isPublic = !isLoopback(env.HOST);
  if (env.TALLYGATE_FAILPOINT !== undefined) {
    const says = 'TALLYGATE_FAILPOINT is set: processes will die on purpose';
    findings.push(report.fail(says, 'Unset it; it is for tests alone'));
  }
  warnIf(
    env.NODE_ENV !== 'production',
    `NODE_ENV is ${env.NODE_ENV}`,
    'Unset it, or set it to production',
  );
  warnIf(
    env.MAIL_FROM !== undefined && env.SMTP_URL === undefined,
    'MAIL_FROM is set and SMTP_URL is not: no mail leaves',
    'Set SMTP_URL, or unset MAIL_FROM',
  );
  warnIf(
    isPublic && env.METRICS_TOKEN === undefined,
    `HOST is ${env.HOST} and /api/metrics is open to whoever reaches it`,
    'Set METRICS_TOKEN, or keep the path from outside at the proxy',
  );
  warnIf(
    isPublic && !(env.NEXTAUTH_URL?.startsWith('https://') ?? false),
    `HOST is ${env.HOST} and NEXTAUTH_URL names no https:// address: session cookies are not secure`,
    'Set NEXTAUTH_URL to the address that browsers use, behind a proxy that speaks TLS',
  );
  warnIf(
    isPublic && env.TRUST_PROXY === undefined,
    `HOST is ${env.HOST} and TRUST_PROXY is not set: every caller has the address of the proxy`,
    'Set TRUST_PROXY to the number of proxies, or to their addresses',
  );
  return findings;
}
