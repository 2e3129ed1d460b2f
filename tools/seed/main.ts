// npm run seed -- --tenants 2000 --transactions 2000000 --days 60: fills the database that DATABASE_URL
// names with a ledger whose books are right, to measure growth on; --largest 1000000: so many of them are
// one tenant's. It is migrated first. Broken off,
// it goes on where it was; it never deletes anything. Not for a database that serves anybody.
import { migrate } from '../../src/server/stores/postgres/migrate';
import { createProgress, type Progress } from '../progress';
import { readPlan } from './plan';
import { sow } from './sow';

const shown: { progress: Progress | null } = { progress: null };
try {
  const databaseUrl = process.env.DATABASE_URL;
  if (!databaseUrl) throw new Error('Set DATABASE_URL to the database that is to be filled.');
  const plan = readPlan(process.argv.slice(2), Date.now());
  await migrate(databaseUrl);
  await sow(databaseUrl, plan, {
    onStage(stage, from, total) {
      shown.progress?.clear();
      shown.progress = createProgress({ what: stage, total, from });
    },
    onDone: (done) => shown.progress?.at(done),
  });
  shown.progress?.clear();
  console.log(`Sown: ${plan.tenants} tenants, ${plan.transactions} transactions.`);
} catch (error) {
  console.error(`Could not seed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
