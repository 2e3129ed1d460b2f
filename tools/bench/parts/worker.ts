// A program: the stores and the counting alone, one job of its parent at a time, on the proxies'
// core: what is measured is what a gateway's process would do.
import { type Counting, openCounting } from './counting';
import type { CountingPart, PartJob, PartName, PartResult, StorePart } from './part';
import { openStores, type Stores } from './stores';

const { DATABASE_URL = '', REDIS_URL = '' } = process.env;
let stores: Promise<Stores> | undefined;
let counting: Promise<Counting> | undefined;

type Measured = Omit<PartResult, 'cpuUs'>;

async function run({ part, forMs }: PartJob): Promise<PartResult> {
  const measure = await opened(part);
  const cpu = process.cpuUsage();
  const measured = await measure(forMs);
  const { user, system } = process.cpuUsage(cpu);
  return { ...measured, cpuUs: user + system };
}

/** Opens what the part works on, when it is first asked for. */
async function opened(part: PartName): Promise<(forMs: number) => Measured | Promise<Measured>> {
  switch (part) {
    case 'settle-hot':
    case 'settle-1000':
    case 'settle-each':
    case 'quota': {
      stores ??= openStores(DATABASE_URL, REDIS_URL);
      return storePart(await stores, part);
    }
    case 'count-ours':
    case 'count-js-tiktoken':
    case 'count-long': {
      counting ??= openCounting();
      return countingPart(await counting, part);
    }
  }
}

function storePart(of: Stores, part: StorePart): (forMs: number) => Promise<Measured> {
  return async (forMs) => {
    const before = performance.now();
    const count = await STORE_PARTS[part](of, forMs);
    return { count, tookMs: performance.now() - before, blockedMs: null };
  };
}

const STORE_PARTS: Readonly<Record<StorePart, (of: Stores, forMs: number) => Promise<number>>> = {
  'settle-hot': (of, forMs) => of.settle('one tenant', forMs),
  'settle-1000': (of, forMs) => of.settle('a thousand', forMs),
  'settle-each': (of, forMs) => of.settleEach(forMs),
  quota: (of, forMs) => of.admit(forMs),
};

function countingPart(of: Counting, part: CountingPart) {
  switch (part) {
    case 'count-ours':
      return of.ours;
    case 'count-js-tiktoken':
      return of.jsTiktoken;
    case 'count-long':
      return of.long;
  }
}

process.on('message', (job: PartJob) => {
  run(job).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.once('disconnect', () => process.exit(0));
