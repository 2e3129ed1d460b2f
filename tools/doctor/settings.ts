import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { GIVEN_BY_FILE, withFiles } from '../../src/env-files';

export interface Settings {
  /** The environment that a server started here would be given. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What of it `npm start` keeps in the data folder, made or brought up by itself. */
  readonly kept: ReadonlySet<string>;
  readonly dataDir: string;
}

const quickstart = z.object({
  databaseUrl: z.string(),
  redisUrl: z.string().nullable(),
  portalUrl: z.string(),
});
const secrets = z.record(z.string(), z.string());

/**
 * The variables, and, as at `npm start`, the data folder's secrets and stores for what none of them
 * says. A variable always wins.
 */
export function readSettings(variables: NodeJS.ProcessEnv): Settings {
  const given = readFiles(
    Object.fromEntries(Object.entries(variables).filter(([, value]) => value)),
  );
  const dataDir = path.resolve(given.TALLYGATE_DATA_DIR ?? '.data');
  const kept = given.DATABASE_URL === undefined ? keptBy(dataDir) : {};
  return {
    env: { ...kept, ...given },
    kept: new Set(Object.keys(kept).filter((name) => given[name] === undefined)),
    dataDir,
  };
}

/** Secrets out of their files, so that they are judged and hidden like others; a faulty one is left to readEnv. */
function readFiles(given: Settings['env']): Settings['env'] {
  const { variables, faults } = withFiles(given);
  if (faults.length > 0) return given;
  const files = new Set<string>(GIVEN_BY_FILE.map((name) => `${name}_FILE`));
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !files.has(name)));
}

function keptBy(dataDir: string): Record<string, string> {
  const made = quickstart.safeParse(readJson(path.join(dataDir, 'quickstart.json')));
  if (!made.success) return {};
  const { databaseUrl, redisUrl, portalUrl } = made.data;
  const own = secrets.safeParse(readJson(path.join(dataDir, 'secrets.json')));
  const handedOn = Object.entries(own.success ? own.data : {});
  return {
    ...Object.fromEntries(handedOn.filter(([name]) => /^[A-Z_]+$/.test(name))),
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl ?? 'off',
    NEXTAUTH_URL: portalUrl,
  };
}

/** Null where there is none, or none that is JSON. */
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
