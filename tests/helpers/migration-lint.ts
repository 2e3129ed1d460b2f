/** Tables that grow with traffic: a lock that lasts as long as a scan of one stops every request. */
const LARGE = [
  'account_session',
  'audit_log',
  'billing_transaction',
  'stored_answer',
  'usage_daily',
  'usage_rollup',
];

interface Rule {
  readonly pattern: RegExp;
  readonly says: string;
  /** Also where the table is small: an instance of the release before still reads it. */
  readonly everywhere?: boolean;
}

/** Of ALTER TABLE, one action after its table's name. */
const ALTERING: readonly Rule[] = [
  {
    pattern: /^add constraint .* (check|foreign key)\b(?!.*\bnot valid\b)/,
    says: 'checks every row under its lock: add it NOT VALID, validate it afterwards',
  },
  {
    pattern: /^add constraint .* (unique|primary key)\b(?!.*\busing index\b)/,
    says: 'builds an index under its lock: make it concurrently, then USING INDEX',
  },
  {
    pattern: /^alter (column )?\S+ set not null/,
    says: 'reads every row under its lock: validate a check (… is not null) first, and allow it here',
  },
  { pattern: /^alter (column )?\S+ (set data )?type\b/, says: 'rewrites the table' },
  {
    pattern: /^add (column )?.*\b(generated always as|(big|small)?serial)\b/,
    says: 'rewrites the table',
  },
  {
    pattern: /^add (column )?.*\bdefault (\S*(random|uuid|nextval|clock_timestamp|timeofday)\S*)\(/,
    says: 'rewrites the table: its default is another one for each row',
  },
  {
    pattern: /^add (column )?(?!constraint\b).*\breferences\b/,
    says: 'checks every row under its lock',
  },
  { pattern: /^set (tablespace|logged|unlogged|access method)/, says: 'rewrites the table' },
  {
    pattern: /^drop (column )?(?!constraint\b|index\b)/,
    says: 'takes what the release before reads',
    everywhere: true,
  },
  { pattern: /^rename\b/, says: 'takes what the release before reads', everywhere: true },
  {
    pattern: /^add (column )?(?!constraint\b)(?!.*\bdefault\b).*\bnot null\b/,
    says: 'the release before writes rows without it: give it a default',
    everywhere: true,
  },
];

/**
 * What in a migration would hold up traffic for longer than an instant, or break an instance of the
 * release before; a sentence each. Tables that the migration itself makes are empty and nobody's yet.
 * `madeBefore`: indexes that are made concurrently before the migrations run.
 */
export function lintMigration(text: string, madeBefore: ReadonlySet<string>): string[] {
  const statements = text.split('--> statement-breakpoint').flatMap(statementsOf);
  const own = new Set(
    statements.flatMap((one) => /^create table (?:if not exists )?(\S+)/.exec(one)?.[1] ?? []),
  );
  return statements.flatMap((statement) => lintStatement(statement, own, madeBefore));
}

/** In lower case, without comments, quotes and bodies of functions, white space as one blank. */
function statementsOf(part: string): string[] {
  return part
    .replace(/\$(\w*)\$[\s\S]*?\$\1\$/g, '')
    .replace(/--.*$/gm, '')
    .replaceAll('"public".', '')
    .replaceAll('"', '')
    .toLowerCase()
    .split(';')
    .map((statement) => statement.replace(/\s+/g, ' ').trim())
    .filter((statement) => statement !== '');
}

function lintStatement(
  statement: string,
  own: ReadonlySet<string>,
  madeBefore: ReadonlySet<string>,
): string[] {
  const complain = (says: string) => [`${statement.slice(0, 120)}: ${says}`];
  const isLarge = (table = '') => LARGE.includes(table) && !own.has(table);

  const altered = /^alter table (?:if exists )?(?:only )?(\S+) (.*)$/.exec(statement);
  if (altered !== null) {
    const [, table = '', actions = ''] = altered;
    return lintAltering(table, actions, own).map((says) => `${statement.slice(0, 120)}: ${says}`);
  }
  const index =
    /^create (?:unique )?index (concurrently )?(?:if not exists )?(\S+) on (?:only )?([^\s(]+)/.exec(
      statement,
    );
  if (index !== null) {
    const [, , name = '', table] = index;
    if (!isLarge(table) || madeBefore.has(name)) return [];
    return complain('reads the table under its lock: make it in large-indexes.ts beforehand');
  }
  const touched =
    /^(?:update(?: only)?|delete from|truncate(?: table)?|lock(?: table)?|cluster|vacuum(?: full)?|reindex table) ([^\s(]+)/.exec(
      statement,
    );
  if (isLarge(touched?.[1]))
    return complain('takes as long as the table is large, in one transaction');
  const dropped = /^drop (table|type|view) (?:if exists )?/.test(statement);
  return dropped ? complain('takes what the release before reads') : [];
}

function lintAltering(table: string, actions: string, own: ReadonlySet<string>): string[] {
  if (own.has(table)) return [];
  return actionsOf(actions).flatMap((action) =>
    ALTERING.filter(({ everywhere }) => everywhere === true || LARGE.includes(table))
      .filter(({ pattern }) => pattern.test(action))
      .map(({ says }) => says),
  );
}

/** Split at the commas outside parentheses. */
function actionsOf(actions: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= actions.length; at += 1) {
    if (actions[at] === '(') depth += 1;
    if (actions[at] === ')') depth -= 1;
    if (at < actions.length && (actions[at] !== ',' || depth > 0)) continue;
    parts.push(actions.slice(from, at).trim());
    from = at + 1;
  }
  return parts;
}
