import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { activityCsv } from '@/server/api/csv/activity';
import { deliveriesCsv } from '@/server/api/csv/deliveries';
import { answerCsv, type CsvExport } from '@/server/api/csv/export';
import { keysCsv } from '@/server/api/csv/keys';
import { membersCsv } from '@/server/api/csv/members';
import { modelsCsv } from '@/server/api/csv/models';
import { transactionsCsv } from '@/server/api/csv/transactions';
import { usageExport } from '@/server/api/csv/usage';
import { uuidV7 } from '@/server/domain/ids';
import { ROLES, type Role } from '@/server/domain/ports/sign-in';
import { rebuildUsage } from '@/server/stores/postgres/usage-rebuild';
import { type People, startPeople } from '../helpers/people';

const ROUTES = path.join(import.meta.dirname, '../../src/app/api/portal');
const EVERY: readonly Role[] = ROLES;

type Download = (query: string, sessionId: string | null, cookie?: string) => Promise<Response>;
interface Row {
  readonly ask: Download;
  readonly may: readonly Role[];
  /** Without which it has nothing to say. */
  readonly query?: string;
  /** A query that it cannot understand; absent where it listens to none. */
  readonly nonsense?: string;
  /** The same for every tenant. */
  readonly isShared?: true;
}

const asked =
  <Input extends z.ZodType, Line>(wanted: CsvExport<Input, Line>): Download =>
  (query, sessionId, cookie = '') =>
    answerCsv(
      wanted,
      new Request(`http://portal.test/api/portal/${wanted.name}.csv?${query}`, {
        headers: { cookie },
      }),
      people.container,
      async () => (sessionId === null ? null : await people.container.accounts.session(sessionId)),
    );

/** One row a route. A route without one fails below. */
const ROWS: Readonly<Record<string, Row>> = {
  activity: { ask: asked(activityCsv), may: ['owner', 'admin'], nonsense: 'from=soon' },
  deliveries: { ask: asked(deliveriesCsv), may: EVERY, nonsense: 'status=lost' },
  keys: { ask: asked(keysCsv), may: EVERY, nonsense: 'status=lost' },
  members: { ask: asked(membersCsv), may: EVERY },
  models: { ask: asked(modelsCsv), may: EVERY, nonsense: `q=${'x'.repeat(201)}`, isShared: true },
  transactions: { ask: asked(transactionsCsv), may: EVERY, nonsense: 'amountMin=1e9' },
  usage: { ask: asked(usageExport), may: EVERY, query: 'range=90d&by=key', nonsense: 'range=1y' },
};
const NAMES = Object.keys(ROWS);

let people: People;
let mine: Tenant;
let theirs: Tenant;
const sessions = new Map<Role, string>();

interface Tenant {
  readonly id: string;
  readonly ownerSessionId: string;
}

/** A tenant that has something for every export, with its name in all of it, and formulas. */
async function newTenant(name: string): Promise<Tenant> {
  const { id } = await people.newTenant({ name, balance: '5000000' });
  const { sessionId: ownerSessionId, caller } = await people.join(id, 'owner', `=${name}`);
  const { id: keyId } = await caller.portal.keys.create({ name: `=${name}("key")` });
  await caller.portal.webhook.set({ url: `https://${name}.example/hook` });
  await caller.portal.webhook.test();
  await caller.portal.invitations.create({ email: `+${name}@example.test`, role: 'viewer' });
  await people.sql`
    insert into billing_transaction
      (id, tenant_id, trace_id, api_key_id, kind, status, model, amount, day, note)
    values (${uuidV7()}, ${id}, ${`trace-${name}`}, ${keyId}, 'charge', 'COMMITTED', '@model', 1000,
      current_date, ${`-${name}`})`;
  return { id, ownerSessionId };
}

beforeAll(async () => {
  people = await startPeople();
  mine = await newTenant('mine');
  theirs = await newTenant('theirs');
  await rebuildUsage(people.sql);
  await people.rest('PUT', 'models/=cmd', { inputPrice: '0.075', outputPrice: '600' });
  for (const role of ROLES) sessions.set(role, (await people.join(mine.id, role)).sessionId);
});
afterAll(() => people.close());

const row = (name: string): Row => {
  const found = ROWS[name];
  if (found === undefined) throw new Error(`${name} has no row.`);
  return found;
};
const download = (name: string, sessionId: string | null, cookie = '') =>
  row(name).ask(row(name).query ?? '', sessionId, cookie);
const linesOf = async (reply: Response) => (await reply.text()).trim().split('\r\n');

describe('every download of the portal', () => {
  it('has a row here, and every row is of a route that gives this export', () => {
    const folders = readdirSync(ROUTES).map((folder) => folder.replace(/\.csv$/, ''));
    expect(folders.toSorted()).toEqual(NAMES.toSorted());
    for (const name of NAMES) {
      const source = readFileSync(path.join(ROUTES, `${name}.csv`, 'route.ts'), 'utf8');
      expect(source).toContain(`'@/server/api/csv/${name}'`);
    }
  });

  it.each(NAMES)('%s: refuses whoever is signed out', async (name) => {
    expect((await download(name, null)).status).toBe(401);
  });

  it.each(NAMES)('%s: answers each role as its row says', async (name) => {
    for (const [role, sessionId] of sessions) {
      const { status, headers } = await download(name, sessionId);
      expect(`${role} ${status}`).toBe(`${role} ${row(name).may.includes(role) ? 200 : 403}`);
      if (status !== 200) continue;
      expect(headers.get('content-disposition')).toContain(`filename="${name}-`);
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  it.each(NAMES)(
    '%s: has what is of the tenant, and nothing of another, whatever is wished',
    async (name) => {
      const cookie = `tallygate-tenant=${theirs.id}`;
      const text = await (await download(name, mine.ownerSessionId, cookie)).text();
      expect(text).not.toContain('theirs');
      if (row(name).isShared) return;
      expect(text).toContain('mine');
      const other = await (await download(name, theirs.ownerSessionId)).text();
      expect(other).toContain('theirs');
      expect(other).not.toContain('mine');
    },
  );

  it.each(NAMES)(
    '%s: begins no formula with what somebody has typed, and lines up',
    async (name) => {
      const [head = '', ...lines] = await linesOf(await download(name, mine.ownerSessionId));
      expect(lines).not.toEqual([]);
      for (const line of lines) {
        expect(line).not.toMatch(/(^|[,;])"?[=+@]/);
        expect(cellsOf(line)).toHaveLength(cellsOf(head).length);
      }
    },
  );

  it.each(NAMES.filter((name) => row(name).nonsense !== undefined))(
    '%s: says what is wrong with a filter',
    async (name) => {
      const reply = await row(name).ask(row(name).nonsense ?? '', mine.ownerSessionId);
      expect(reply.status).toBe(400);
      expect(await reply.json()).toMatchObject({ error: { code: 'invalid_field' } });
    },
  );
});

describe('what the downloads say', () => {
  const table = async (name: string, query = '') => {
    const lines = await linesOf(await row(name).ask(query, mine.ownerSessionId));
    const [head = [], ...rows] = lines.map((line) => cellsOf(line.replace(/^\uFEFF/, '')));
    return rows.map((cells) => Object.fromEntries(head.map((column, at) => [column, cells[at]])));
  };

  it('keys: those that the page shows, with limits and use, money in dollars, and no key', async () => {
    const owner = await people.callerOf(mine.ownerSessionId);
    const { id, key } = await owner.portal.keys.create({
      name: 'limited',
      allowedModels: ['a', 'b'],
      allowedIps: ['10.0.0.0/8'],
      rpm: 60,
      quotas: [
        { quotaType: 'daily_requests', limit: '5' },
        { quotaType: 'total_amount', limit: '1500000000' },
      ],
    });
    await people.sql`
      update api_key_quota set used = 250 where api_key_id = ${id} and quota_type = 'total_amount'`;
    const [one, ...more] = await table('keys', 'text=LIMIT');
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      key_id: id,
      status: 'active',
      allowed_models: 'a b',
      allowed_addresses: '10.0.0.0/8',
      requests_per_minute: '60',
      tokens_per_minute: '',
      daily_requests_limit: '5',
      daily_requests_used: '0',
      total_usd_limit: '1.50',
      total_usd_used: '0.00000025',
      monthly_tokens_limit: '',
    });
    expect(JSON.stringify(one)).not.toContain(key);
    await owner.portal.keys.revoke({ keyId: id });
    expect(await table('keys', 'text=limited')).toEqual([]);
    expect(await table('keys', 'text=limited&status=revoked')).toMatchObject([{ key_id: id }]);
    expect(await table('keys', 'status=all')).toHaveLength(2);
  });

  it('keys: all there are, while the page has the newest 500, those first that may still work', async () => {
    const { id } = await people.newTenant({ name: 'Many' });
    const { sessionId, caller } = await people.join(id, 'owner');
    await people.sql`
      insert into api_key (id, tenant_id, name, key_hash, key_prefix, status)
      select ('0190a000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, ${id}, 'n' || n,
        decode(md5(n::text), 'hex'), 'tg-many',
        case when n <= 3 then 'active' else 'revoked' end
      from generate_series(1, 1203) as s(n)`;
    const list = await caller.portal.keys.list();
    expect(list.items).toHaveLength(500);
    expect(list.items.slice(0, 4).map(({ name }) => name)).toEqual(['n3', 'n2', 'n1', 'n1203']);
    expect(list.isCut).toBe(true);
    const [, ...lines] = await linesOf(await row('keys').ask('status=all', sessionId));
    expect(new Set(lines).size).toBe(1_203);
    expect(lines).toHaveLength(1_203);
    const fewer = await (await people.callerOf(mine.ownerSessionId)).portal.keys.list();
    expect(fewer.isCut).toBe(false);
  });

  it('models: prices for a million tokens, exact; those that the search finds', async () => {
    await people.rest('PUT', 'models/gpt-mini', { inputPrice: '150', outputPrice: '600' });
    expect(await table('models', 'q=MINI')).toMatchObject([
      { model: 'gpt-mini', input_usd_per_million: '0.15', output_usd_per_million: '0.60' },
    ]);
    expect(await table('models')).toHaveLength(2);
    expect(await table('models', 'q=cmd')).toMatchObject([{ input_usd_per_million: '0.000075' }]);
  });

  it('members: who belongs, and who is invited', async () => {
    const rows = await table('members');
    expect(rows.map(({ status }) => status).toSorted()).toEqual([
      'invited',
      ...Array.from({ length: 1 + ROLES.length }, () => 'member'),
    ]);
    expect(rows.at(-1)).toMatchObject({ email: "'+mine@example.test", role: 'viewer', name: '' });
  });

  it('deliveries: all of them, over many batches, by what became of them', async () => {
    await people.sql`
      insert into outbox (id, tenant_id, channel, event, recipient, payload, status, expires_at)
      select gen_random_uuid(), ${mine.id}, 'webhook', 'webhook.test', 'many.example', '', 'sent',
        now() + interval '1 day'
      from generate_series(1, 1200)`;
    const sent = await table('deliveries', 'status=sent');
    expect(sent).toHaveLength(1_200);
    expect(new Set(sent.map(({ delivery_id }) => delivery_id)).size).toBe(1_200);
    const [waiting, ...more] = await table('deliveries', 'status=waiting');
    expect(more).toEqual([]);
    expect(waiting).toMatchObject({ channel: 'webhook', recipient: 'mine.example', ended_at: '' });
  });
});

/** The cells of a line that has no line break within a cell. */
function cellsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain,
  );
}
