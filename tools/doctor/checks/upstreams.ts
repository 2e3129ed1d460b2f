import type { UpstreamRoute } from '../../../src/server/domain/ports';
import type { SecretBox } from '../../../src/server/security/secret-box';
import { readCatalogue } from '../../../src/server/stores/postgres/catalogue';
import type { Sql } from '../../../src/server/stores/postgres/client';
import { type Finding, reporter } from '../finding';

const report = reporter('upstreams');
const PATIENCE_MS = 5_000;

/** Opens their secrets and asks each for its list of models, which nobody charges for. */
export async function checkUpstreams(sql: Sql, secretBox: SecretBox): Promise<Finding[]> {
  const sealed = await unreadable(sql, secretBox);
  if (sealed.length > 0) {
    const says = `the keys of ${sealed.join(', ')} cannot be opened with this ENCRYPTION_KEY`;
    return [
      report.fail(says, 'Set the ENCRYPTION_KEY that they were sealed with, or PUT them anew'),
    ];
  }
  const { models, routes } = await readCatalogue(sql, secretBox);
  const byName = new Map([...routes.values()].flat().map((route) => [route.upstream, route]));
  const known = [...models.keys()];
  const unserved = routes.has('*') ? [] : known.filter((model) => !routes.has(model));
  return [
    ...(byName.size === 0 ? [noUpstream()] : []),
    ...(await Promise.all([...byName.values()].map(ask))),
    ...(unserved.length === 0 ? [] : [orphaned(unserved)]),
  ];
}

const noUpstream = (): Finding =>
  report.fail('there is none', 'PUT /api/admin/v1/upstreams/{name}, or set OPENAI_API_KEY');

const orphaned = (models: readonly string[]): Finding =>
  report.warn(
    `no upstream serves ${models.slice(0, 5).join(', ')}${models.length > 5 ? ', …' : ''}`,
    'Map them in PUT /api/admin/v1/upstreams/{name}, or delete the models',
  );

async function unreadable(sql: Sql, secretBox: SecretBox): Promise<string[]> {
  const rows = await sql<{ name: string; sealed: Uint8Array }[]>`
    select name, api_key_encrypted as sealed from upstream where api_key_encrypted is not null order by name`;
  return rows
    .filter(({ sealed }) => {
      try {
        secretBox.open(sealed);
        return false;
      } catch {
        return true;
      }
    })
    .map(({ name }) => name);
}

async function ask({ upstream, baseUrl, apiKey }: UpstreamRoute): Promise<Finding> {
  const url = `${baseUrl.replace(/\/+$/, '')}/models`;
  try {
    const reply = await fetch(url, {
      headers: apiKey === null ? {} : { authorization: `Bearer ${apiKey}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await reply.body?.cancel();
    return judge(upstream, reply.status);
  } catch (error) {
    const says = `${upstream} does not answer (${whyOf(error)})`;
    return report.fail(says, 'See its base URL, this network, and whether it is up');
  }
}

function judge(upstream: string, status: number): Finding {
  if (status === 401 || status === 403) {
    const says = `${upstream} refuses our key (${status})`;
    return report.fail(says, `PUT /api/admin/v1/upstreams/${upstream} with one that is valid`);
  }
  if (status >= 500 || status === 429) {
    return report.warn(
      `${upstream} answers ${status}`,
      'Wait, or give its models another upstream',
    );
  }
  // Some have no such list: they are there all the same.
  return report.ok(`${upstream} answers (${status} to GET models)`);
}

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error.name === 'TimeoutError' ? `not within ${PATIENCE_MS} ms` : error.message;
}
