import { z } from 'zod';
import { withFiles } from './env-files';
import { parseNano } from './server/domain/money';
import { FAILPOINTS, isFailpointSpec } from './server/gateway/failpoints';
import { isTrustProxy } from './server/security/request-origin';
import { SAMPLERS } from './server/telemetry/tracing';

const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

const integer = (min: number, max: number, fallback: number) =>
  z.preprocess(
    (value) => (value === '' ? undefined : value),
    z.coerce
      .number({ error: 'must be a whole number' })
      .int('must be a whole number')
      .min(min, `must be at least ${min}`)
      .max(max, `must be at most ${max}`)
      .default(fallback),
  );

/** What is wrong with an address of one of these schemes; null: nothing. */
function faultOfUrl(value: string, protocols: readonly string[]): string | null {
  if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return null;
  const begins = protocols.map((protocol) => `${protocol}//`);
  if (begins.some((scheme) => value.startsWith(scheme)) && value.includes('@')) {
    return 'must be a URL: in user and password @ is written %40, : %3A, / %2F, # %23, ? %3F, % %25';
  }
  return `must be a URL that begins with ${begins.join(' or ')}`;
}

const url = (...protocols: string[]) =>
  z.string().superRefine((value, ctx) => {
    const message = faultOfUrl(value, protocols);
    if (message !== null) ctx.addIssue({ code: 'custom', message });
  });

const redisUrl = z.string().superRefine((value, ctx) => {
  if (value === 'off') return;
  const faults = value.split(',').map((part) => faultOfUrl(part, ['redis:', 'rediss:']));
  const fault = faults.find((each) => each !== null);
  if (fault === undefined) return;
  const schemes =
    'must be redis:// or rediss:// (several hosts separated by commas for a cluster), or off';
  const message = fault?.startsWith('must be a URL:') ? fault : schemes;
  ctx.addIssue({ code: 'custom', message });
});

/** `post@example.com` or `Us <post@example.com>`, one of them. */
const SENDER = /^(?:(?:"[^"]*"|[^"<>,@]*) *<[^\s<>,@]+@[^\s<>,@]+>|[^\s<>,@]+@[^\s<>,@]+)$/;

const secret = z.string().min(16, 'must have at least 16 characters');

/** One, or while it is changed several, separated by commas: the first is handed on, all are taken. */
const rotatingSecret = z
  .string()
  .refine(
    (value) => value.split(',').every(({ length }) => length >= 16),
    'must have at least 16 characters',
  );

/** Nano-USD, not negative. */
const credit = z
  .string()
  .default('0')
  .transform((value, ctx) => {
    const parsed = parseNano(value);
    if (parsed !== null && parsed >= 0n) return parsed;
    ctx.addIssue({ code: 'custom', message: 'must be a whole number of nano-USD, not negative' });
    return z.NEVER;
  });

/** Hosts with or without a port, separated by commas, as a URL writes them. */
const hosts = z
  .string()
  .default('')
  .transform((value) => value.split(',').map((host) => host.trim().toLowerCase()))
  .transform((list) => list.filter((host) => host !== ''))
  .refine(
    (list) => list.every((host) => URL.canParse(`http://${host}`) && !/[/@?#]/.test(host)),
    'must be hosts such as hooks.internal or 10.0.0.7:8080, separated by commas',
  );

/** Every variable that the server reads. */
export const variables = z.object({
  NODE_ENV: z
    .enum(['development', 'production', 'test'], 'must be one of development, production, test')
    .default('production'),
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(1, 65_535, 3000),
  DATABASE_URL: url('postgres:', 'postgresql:'),
  REDIS_URL: redisUrl,
  REDIS_CLUSTER: optional(z.enum(['0', '1'], 'must be 0 or 1')),
  OPENAI_API_KEY: optional(z.string()),
  OPENAI_BASE_URL: optional(url('http:', 'https:')),
  ADMIN_TOKEN: optional(rotatingSecret),
  NEXTAUTH_SECRET: rotatingSecret,
  NEXTAUTH_URL: optional(url('http:', 'https:')),
  ENCRYPTION_KEY: secret,
  /** Opens what is not sealed with the other yet, while that is changed. */
  ENCRYPTION_KEY_PREVIOUS: optional(secret),
  CRON_SECRET: optional(rotatingSecret),
  METRICS_TOKEN: optional(z.string()),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(url('http:', 'https:')),
  OTEL_EXPORTER_OTLP_HEADERS: optional(
    z
      .string()
      .regex(/^[^=,\s]+=[^,]*(?:,\s*[^=,\s]+=[^,]*)*$/, 'must be like name=value,name=value'),
  ),
  OTEL_SERVICE_NAME: z.string().max(128, 'must have at most 128 characters').default('tallygate'),
  OTEL_TRACES_SAMPLER: z
    .enum(SAMPLERS, { error: `must be one of ${SAMPLERS.join(', ')}` })
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number({ error: 'must be a number from 0 to 1' })
    .min(0, 'must be a number from 0 to 1')
    .max(1, 'must be a number from 0 to 1')
    .default(1),
  SIGN_UP: z
    .enum(['open', 'invitation', 'closed'], 'must be one of open, invitation, closed')
    .default('invitation'),
  TRIAL_CREDIT: credit,
  SMTP_URL: optional(url('smtp:', 'smtps:')),
  MAIL_FROM: optional(
    z
      .string()
      .max(320, 'must have at most 320 characters')
      .regex(SENDER, 'must be an address, such as post@example.com or Us <post@example.com>'),
  ),
  WEBHOOK_PRIVATE_HOSTS: hosts,
  GITHUB_ID: optional(z.string()),
  GITHUB_SECRET: optional(z.string()),
  GITHUB_BASE_URL: optional(url('http:', 'https:')),
  GOOGLE_CLIENT_ID: optional(z.string()),
  GOOGLE_CLIENT_SECRET: optional(z.string()),
  TRUST_PROXY: optional(
    z
      .string()
      .refine(isTrustProxy, 'must be a count of proxies (0 to 16), or addresses and blocks'),
  ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be one of fatal, error, warn, info, debug, trace, silent',
    })
    .default('info'),
  DRAIN_MS: integer(0, 3_600_000, 30_000),
  DRAIN_DELAY_MS: integer(0, 600_000, 0),
  WORKERS: integer(1, 256, 1),
  TALLYGATE_DATA_DIR: z.string().default('.data'),
  /** Set by Vercel. */
  VERCEL: optional(z.string()),
  /** Next's own: whether the end of the process is ours to bring about. */
  NEXT_MANUAL_SIG_HANDLE: optional(z.string()),
  TALLYGATE_FAILPOINT: optional(
    z.string().refine(isFailpointSpec, `must be like booked=kill, one of ${FAILPOINTS.join(', ')}`),
  ),
  TALLYGATE_SIMULATOR_URL: optional(url('http:')),
  TALLYGATE_DEMO_EMAIL: optional(z.email('must be an e-mail address')),
  TALLYGATE_DEMO_PASSWORD: optional(z.string()),
  TALLYGATE_DEMO_API_KEY: optional(z.string()),
  TALLYGATE_DEMO_TENANT_ID: optional(z.uuid('must be a UUID')),
});

/** Set together or not at all. */
const PAIRS = [
  ['GITHUB_ID', 'GITHUB_SECRET'],
  ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'],
] as const;

const schema = variables.superRefine((env, ctx) => {
  for (const [id, secret] of PAIRS) {
    if ((env[id] === undefined) === (env[secret] === undefined)) continue;
    const message = `must be set together with ${env[id] === undefined ? secret : id}`;
    ctx.addIssue({ code: 'custom', path: [env[id] === undefined ? id : secret], message });
  }
});

export type Env = z.infer<typeof schema>;

/** The name of every variable that is read. */
export const VARIABLES: readonly string[] = Object.keys(variables.shape);

/** Wrong or missing variables; its message, a sentence of its faults, names each and what it must be. */
export class EnvError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`${faults.join('; ')}.`);
  }
}

/**
 * Reads and checks the environment; the only reader of process.env.
 * An empty variable counts as absent; a secret may be in the file that `<name>_FILE` names. Throws EnvError naming every wrong variable.
 */
export function readEnv(source: Readonly<Record<string, string | undefined>> = process.env): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));
  const { variables: present, faults: ofFiles } = withFiles(given);
  if (ofFiles.length > 0) throw new EnvError(ofFiles);
  const parsed = schema.safeParse(present);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0] ?? 'environment');
    const isMissing = present[name] === undefined && issue.code !== 'custom';
    return isMissing ? `${name} is not set` : `${name} ${issue.message}`;
  });
  throw new EnvError(faults);
}
