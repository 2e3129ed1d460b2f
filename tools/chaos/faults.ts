import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from './random';
import type { Instance, World } from './world';

/** One way to break the world for a while; it is whole again when `strike` resolves. */
interface Fault {
  readonly name: string;
  strike(world: World, random: Random): Promise<void>;
}

const instanceOf = (world: World, random: Random): Instance => random.pick(world.instances);

/** A stretch of network that fails in one of its ways, and is mended. */
const network = (store: 'toPostgres' | 'toRedis'): Fault[] =>
  (['cut', 'swallow', 'loseReplies'] as const).map((way) => ({
    name: `${store === 'toPostgres' ? 'Postgres' : 'Redis'} ${way === 'loseReplies' ? 'replies lost' : way === 'cut' ? 'cut off' : 'silent'} for one gateway`,
    async strike(world, random) {
      const proxy = instanceOf(world, random)[store];
      proxy[way]();
      await sleep(random.between(500, 8_000));
      proxy.mend();
    },
  }));

const killRedis = (empty: boolean): Fault => ({
  name: `Redis killed, back ${empty ? 'empty' : 'with its file'}`,
  async strike(world, random) {
    await world.redis.kill();
    await sleep(random.between(200, 4_000));
    await world.redis.start({ empty });
  },
});

const killPostgres = async (world: World, random: Random): Promise<void> => {
  world.killPostgres();
  await sleep(random.between(500, 4_000));
  await world.startPostgres();
};

const OF_GATEWAYS: readonly Fault[] = [
  {
    name: 'gateway killed',
    async strike(world, random) {
      const { process: gateway } = instanceOf(world, random);
      await gateway.kill();
      await sleep(random.between(200, 2_000));
      await gateway.start();
    },
  },
  {
    name: 'gateway stopped and continued',
    async strike(world, random) {
      const { process: gateway } = instanceOf(world, random);
      gateway.signal('SIGSTOP');
      // Now and then past a lease, so that others have ended its charges when it wakes.
      await sleep(random.chance(0.25) ? 36_000 : random.between(500, 6_000));
      gateway.signal('SIGCONT');
    },
  },
];

const OF_STORES: readonly Fault[] = [
  killRedis(false),
  killRedis(true),
  {
    name: 'Redis stopped and continued',
    async strike(world, random) {
      world.redis.signal('SIGSTOP');
      await sleep(random.between(300, 4_000));
      world.redis.signal('SIGCONT');
    },
  },
  {
    name: 'FLUSHALL',
    strike: async (world) => void (await world.redisClient.flushall()),
  },
  {
    name: 'SCRIPT FLUSH',
    strike: async (world) => void (await world.redisClient.script('FLUSH')),
  },
  { name: 'Postgres killed', strike: killPostgres },
  {
    name: 'Postgres and Redis killed',
    async strike(world, random) {
      await Promise.all([killPostgres(world, random), killRedis(false).strike(world, random)]);
    },
  },
  {
    name: 'every backend terminated',
    async strike(world) {
      await world.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'tallygate'`;
    },
  },
  ...network('toPostgres'),
  ...network('toRedis'),
];

const PAUSE_MS = { min: 500, max: 4_000 };

/**
 * Strikes gateways and, at the same time, stores and networks, one fault after the other, until the
 * time is over. `onStrike` hears of each.
 */
export async function strikeUntil(
  world: World,
  random: Random,
  untilMs: number,
  onStrike: (name: string) => void,
): Promise<void> {
  const strikeOut = async (faults: readonly Fault[], own: Random) => {
    while (Date.now() < untilMs) {
      await sleep(own.between(PAUSE_MS.min, PAUSE_MS.max));
      const fault = own.pick(faults);
      onStrike(fault.name);
      await fault.strike(world, own);
    }
  };
  await Promise.all([
    strikeOut(OF_GATEWAYS, new Random(random.between(1, 1_000_000))),
    strikeOut(OF_STORES, new Random(random.between(1, 1_000_000))),
  ]);
}
