import { and, desc, eq, gte, inArray, lt } from 'drizzle-orm';
import type { TenantId } from '../../domain/ids';
import type { ActivityActor, ActivityEntry, ActivityQuery } from '../../domain/ports/portal';
import type { Database } from './client';
import { firstIdAt } from './page-bounds';
import { auditLog as a, account, apiKey } from './schema';

const ACCOUNT = 'account:';
/** How the actions of keys and of members begin; their targets are ids of keys and of accounts. */
const KEY = 'key.';
const MEMBER = 'member.';

/** One page of a tenant's audit log; people make its rows by hand, so that conditions are tested. */
export async function readActivity(
  db: Database,
  tenantId: TenantId,
  { actor, action, from, to, before, limit }: ActivityQuery,
): Promise<readonly ActivityEntry[]> {
  const rows = await db
    .select()
    .from(a)
    .where(
      and(
        eq(a.tenantId, tenantId),
        before === null ? undefined : lt(a.id, before),
        from === null ? undefined : gte(a.id, firstIdAt(from.getTime())),
        to === null ? undefined : lt(a.id, firstIdAt(to.getTime())),
        actor === null ? undefined : eq(a.actor, actor),
        action === null ? undefined : eq(a.action, action),
      ),
    )
    .orderBy(desc(a.id))
    .limit(limit);
  const targetsOf = (entity: string) =>
    rows.filter((row) => row.action.startsWith(entity)).map(({ target }) => target);
  const [people, keys] = await Promise.all([
    readPeople(db, [
      ...rows.map((row) => row.actor),
      ...targetsOf(MEMBER).map((id) => ACCOUNT + id),
    ]),
    readKeyNames(db, tenantId, targetsOf(KEY)),
  ]);
  return rows.map(({ tenantId: _, createdAt: __, ...row }) => ({
    ...row,
    actor: actorOf(row.actor, people),
    targetName:
      (row.action.startsWith(MEMBER) ? people.get(row.target)?.email : keys.get(row.target)) ??
      null,
  }));
}

async function readKeyNames(
  db: Database,
  tenantId: TenantId,
  targets: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(targets)];
  if (ids.length === 0) return new Map();
  const rows = await db
    .select({ id: apiKey.id, name: apiKey.name })
    .from(apiKey)
    .where(and(eq(apiKey.tenantId, tenantId), inArray(apiKey.id, ids)));
  return new Map(rows.map(({ id, name }) => [id, name]));
}

type People = ReadonlyMap<string, { readonly name: string; readonly email: string }>;

/** Those of these actors that are accounts and still there. */
async function readPeople(db: Database, actors: readonly string[]): Promise<People> {
  const ids = [...new Set(actors)]
    .filter((actor) => actor.startsWith(ACCOUNT))
    .map((actor) => actor.slice(ACCOUNT.length));
  if (ids.length === 0) return new Map();
  const rows = await db
    .select({ id: account.id, name: account.name, email: account.email })
    .from(account)
    .where(inArray(account.id, ids));
  return new Map(rows.map(({ id, ...person }) => [id, person]));
}

function actorOf(actor: string, people: People): ActivityActor {
  if (actor.startsWith(ACCOUNT)) {
    const id = actor.slice(ACCOUNT.length);
    return { kind: 'account', id, name: null, email: null, ...people.get(id) };
  }
  return { kind: actor === 'operator' || actor === 'system' ? actor : 'nobody' };
}
