import { z } from 'zod';
import { instantOfId } from '../../domain/id-text';
import type { ActivityActor, ActivityEntry, ActivityQuery } from '../../domain/ports/portal';
import { dayOrInstant, text } from '../fields';
import type { PortalContext } from './context';

/** What can be looked for in the audit log; every part may be left out. */
export const activityFilter = z.object({
  /** The id of an account, or `operator`. */
  actor: z.union([z.uuid(), z.enum(['operator', 'system'])]).optional(),
  action: text(100).optional(),
  from: dayOrInstant.optional(),
  to: dayOrInstant.optional(),
});
type ActivityFilter = z.output<typeof activityFilter>;

export const listActivityInput = activityFilter.extend({
  cursor: z.uuid().optional(),
  limit: z.number().int().min(1).max(100).default(25),
});

/** One field that a change touched; values as JSON has them, null where there was none. */
export interface ActivityChange {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface ActivityView {
  readonly id: string;
  readonly at: string;
  readonly actor: ActivityActor;
  readonly action: string;
  readonly target: string;
  /** What people called the target, by the entry itself; else what they call it now. Null: unknown. */
  readonly targetName: string | null;
  readonly changes: readonly ActivityChange[];
  readonly address: string | null;
  readonly userAgent: string | null;
}

export interface ActivityPage {
  readonly items: readonly ActivityView[];
  /** Asks for the next, older page; null at the end. */
  readonly nextCursor: string | null;
}

/** One page of what was changed in the tenant, newest first. */
export async function listActivity({
  ctx,
  input,
}: {
  ctx: PortalContext;
  input: z.output<typeof listActivityInput>;
}): Promise<ActivityPage> {
  const { cursor = null, limit, ...filter } = input;
  const rows = await ctx.portal.activity(ctx.tenantId, queryOf(filter, cursor, limit + 1));
  const page = rows.slice(0, limit);
  return {
    items: page.map(presentActivity),
    nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
}

const BATCH = 500;

/** All entries that a filter lets through, newest first, in batches that are read as they are taken. */
export async function* everyActivity(
  ctx: PortalContext,
  filter: ActivityFilter,
): AsyncGenerator<readonly ActivityView[]> {
  let before: string | null = null;
  do {
    const rows = await ctx.portal.activity(ctx.tenantId, queryOf(filter, before, BATCH));
    yield rows.map(presentActivity);
    before = rows.length === BATCH ? (rows.at(-1)?.id ?? null) : null;
  } while (before !== null);
}

const queryOf = (
  { actor, action, from, to }: ActivityFilter,
  before: string | null,
  limit: number,
): ActivityQuery => ({
  actor:
    actor === undefined ? null : z.uuid().safeParse(actor).success ? `account:${actor}` : actor,
  action: action ?? null,
  from: from ?? null,
  to: to ?? null,
  before,
  limit,
});

function presentActivity(entry: ActivityEntry): ActivityView {
  const [before, after] = [fieldsOf(entry.before), fieldsOf(entry.after)];
  const names = ['name', 'email', 'host'].flatMap((field) => [after.get(field), before.get(field)]);
  return {
    id: entry.id,
    at: instantOfId(entry.id).toISOString(),
    actor: entry.actor,
    action: entry.action,
    target: entry.target,
    targetName: names.find((name) => name !== undefined && name !== null) ?? entry.targetName,
    changes: changesOf(before, after),
    address: entry.address,
    userAgent: entry.userAgent,
  };
}

type Fields = ReadonlyMap<string, string | null>;

/** The fields of one side of a change; text as it is, everything else as JSON. */
function fieldsOf(side: unknown): Fields {
  if (typeof side !== 'object' || side === null) return new Map();
  return new Map(
    Object.entries(side).map(([field, value]: [string, unknown]) => [
      field,
      value === null || value === undefined
        ? null
        : typeof value === 'string'
          ? value
          : JSON.stringify(value),
    ]),
  );
}

/** What differs; of something made or ended, every field that had a value. */
function changesOf(before: Fields, after: Fields): readonly ActivityChange[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((field) => ({
      field,
      before: before.get(field) ?? null,
      after: after.get(field) ?? null,
    }))
    .filter((change) => change.before !== change.after);
}
