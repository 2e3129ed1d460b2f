// @ts-check
import { variable } from './settings.mjs';

/** The made secrets that the server reads under these names; one set from outside wins. */
const HANDED_ON = /** @type {const} */ ([
  'ADMIN_TOKEN',
  'NEXTAUTH_SECRET',
  'ENCRYPTION_KEY',
  'CRON_SECRET',
  'TALLYGATE_DEMO_EMAIL',
  'TALLYGATE_DEMO_PASSWORD',
  'TALLYGATE_DEMO_API_KEY',
  'TALLYGATE_DEMO_TENANT_ID',
]);

/**
 * The server's environment: ours, with what start has made up or brought up in it.
 * @param {import('./settings.mjs').Settings} settings
 * @param {import('./secrets.mjs').Secrets} secrets
 * @param {import('./stack.mjs').Stack} stack
 * @returns {NodeJS.ProcessEnv}
 */
export function serverEnv({ host, port, origin }, secrets, stack) {
  const made = Object.fromEntries(HANDED_ON.map((name) => [name, variable(name) ?? secrets[name]]));
  const own = {
    ...made,
    HOST: host,
    PORT: String(port),
    DATABASE_URL: stack.databaseUrl,
    REDIS_URL: stack.redisUrl ?? 'off',
    NEXTAUTH_URL: variable('NEXTAUTH_URL') ?? origin,
    ...(stack.simulatorUrl ? { TALLYGATE_SIMULATOR_URL: stack.simulatorUrl } : {}),
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
  };
  // Whose file was read here is not to be read once more: the server takes one or the other.
  const others = Object.entries(process.env).filter(
    ([name]) => !(name.endsWith('_FILE') && name.slice(0, -'_FILE'.length) in own),
  );
  return { ...Object.fromEntries(others), ...own };
}
