// npm run growth -- postgres://… postgres://…: times what the product asks of Postgres in databases that
// npm run seed has filled, the smallest first, and prints them side by side. --rounds N (30).
// --audit: audits each as well, with its time and its memory. Adds charges; not for one that serves anybody.

import { auditLedger } from '../../src/server/stores/postgres/audit';
import { noQuotaStore } from '../../src/server/stores/redis/read-store';
import { parseOptions } from '../parse-options';
import { createProgress } from '../progress';
import { measure } from './measure';
import { OPERATIONS } from './operations';
import { openSubject, type Subject } from './subject';
import { tableOf } from './table';

const grouped = (value: number): string => value.toLocaleString('en-US');

const nameOf = ({ tenants, transactions }: Subject): string =>
  `${grouped(tenants)} tenants, ${grouped(transactions)} rows`;

async function run(urls: readonly string[], rounds: number, isAudited: boolean): Promise<void> {
  if (urls.length === 0) throw new Error('Name the databases, the smallest first.');
  if (!Number.isSafeInteger(rounds) || rounds < 1)
    throw new Error('--rounds is a whole number above 0.');
  const subjects: Subject[] = [];
  try {
    for (const url of urls) subjects.push(await openSubject(url));
    for (const subject of subjects) {
      console.log(
        `${nameOf(subject)}: the largest has ${grouped(subject.chargesOfLargest)} charges`,
      );
    }
    const progress = createProgress({ what: 'operations', total: Object.keys(OPERATIONS).length });
    const results = await measure(subjects, rounds, (done) => progress.at(done));
    progress.clear();
    console.log(tableOf(subjects.map(nameOf), results));
    if (isAudited) for (const subject of subjects) console.log(await audited(subject));
  } finally {
    await Promise.all(subjects.map((subject) => subject.close()));
  }
}

async function audited(subject: Subject): Promise<string> {
  const startedMs = performance.now();
  const { report } = await auditLedger(subject.sql, noQuotaStore);
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  const mebibytes = Math.round(process.resourceUsage().maxRSS / 1_024);
  const broken = report.invariants.filter(({ ok }) => !ok).map(({ name }) => name);
  return `audit, ${nameOf(subject)}: ${seconds} s, at most ${mebibytes} MiB in this process; ${
    broken.length === 0 ? 'all hold' : `broken: ${broken.join(', ')}`
  }`;
}

try {
  const { values, positionals } = parseOptions({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '30' },
      audit: { type: 'boolean', default: false },
    },
  });
  await run(positionals, Number(values.rounds), values.audit);
} catch (error) {
  console.error(`Could not measure: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
