import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import { sow } from '../seed/sow';
import { startSimulator } from '../simulator/server';
import { type Drilled, type DrillOptions, drill } from './restore';
import { keepAsking, startInstance } from './traffic';

const USERS = 8;
const DAY_MS = 86_400_000;

export interface Rehearsal extends Drilled {
  readonly answers: number;
}

/**
 * The drill on stores of its own: a ledger with a past, an instance under traffic while it is dumped,
 * then Redis gone and an instance over what was restored, which answers the same key.
 */
export async function rehearse(
  options: DrillOptions,
  size: { readonly tenants: number; readonly transactions: number },
): Promise<Rehearsal> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tallygate-drill-data-'));
  const simulator = await startSimulator({ port: 0, pace: 0 });
  const at = (databaseUrl: string) => ({ databaseUrl, redisUrl: options.redisUrl, dataDir });
  try {
    const before = await startInstance(at(options.sourceUrl), simulator);
    const days = 3;
    const startMs = Date.now() - days * DAY_MS;
    await sow(options.sourceUrl, { ...size, days, startMs, largest: 0 }, SILENT);
    const traffic = keepAsking(before, USERS);
    await before.ask(false);
    let answers = 0;
    const drilled = await drill({
      ...options,
      redisUrl: otherDatabase(options.redisUrl),
      async onDumped() {
        answers = await traffic.stop();
        options.say(`meanwhile  ${answers} answers, none failed`);
        await before.close();
      },
    });
    const chargesBefore = await countCharges(drilled.restoredUrl);
    const after = await startInstance(
      { ...at(drilled.restoredUrl), redisUrl: otherDatabase(options.redisUrl) },
      simulator,
    );
    await after.ask(false);
    await after.ask(true);
    await after.close();
    const charged = (await countCharges(drilled.restoredUrl)) - chargesBefore;
    options.say(`served     2 answers from the restored stores, ${charged} charged`);
    return { ...drilled, ok: drilled.ok && charged === 2, answers };
  } finally {
    await simulator.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const SILENT = { onStage: () => undefined, onDone: () => undefined };

/** The instance under traffic keeps its own; both are one server's. */
function otherDatabase(redisUrl: string): string {
  const url = new URL(redisUrl);
  url.pathname = '/1';
  return url.href;
}

async function countCharges(databaseUrl: string): Promise<number> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    const [row] = await sql<{ charges: number }[]>`
      select count(*)::int as charges from billing_transaction
      where kind = 'charge' and status = 'COMMITTED'`;
    return row?.charges ?? 0;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
