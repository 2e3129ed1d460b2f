import { setTimeout as sleep } from 'node:timers/promises';
import type { TcpProxy } from '../../../tests/helpers/tcp-proxy';
import type { Instance, World } from '../world/world';
import type { FaultKind } from './kinds';
import type { Step } from './plan';

const DELAY_MS = 400;

/** Breaks the world as the step says, for as long as it says; it is whole again when this resolves. */
export async function strike(world: World, step: Step): Promise<void> {
  const instance = world.instances[step.gateway];
  if (instance === undefined) throw new Error(`There is no gateway ${step.gateway}.`);
  const mend = await breakIt(world, instance, step.kind);
  await sleep(step.holdMs);
  await mend();
}

type Mend = () => Promise<void> | void;

/** Resolves to what makes it whole. */
async function breakIt(world: World, instance: Instance, kind: FaultKind): Promise<Mend> {
  const { gateway, toRedis, toPostgres } = instance;
  switch (kind) {
    case 'gateway killed':
      await gateway.kill();
      return () => gateway.start();
    case 'gateway stopped':
    case 'gateway stopped past a lease':
      return stopped(gateway);
    case 'Redis killed':
      await world.redis.kill();
      return () => world.redis.start();
    case 'Redis killed, back empty':
      await world.redis.kill();
      return () => world.redis.start({ empty: true });
    case 'Redis killed, back older':
      await world.redis.kill();
      return () => world.redis.start({ older: true });
    case 'Redis stopped':
      return stopped(world.redis);
    case 'Redis FLUSHALL':
      await world.redisClient.flushall();
      return whole;
    case 'Redis quota hashes deleted':
      await deleteHashes(world);
      return whole;
    case 'Redis SCRIPT FLUSH':
      await world.redisClient.script('FLUSH');
      return whole;
    case 'Postgres and Redis killed':
      await Promise.all([world.postgres.kill(), world.redis.kill()]);
      return async () => void (await Promise.all([world.postgres.start(), world.redis.start()]));
    case 'simulator killed':
      await world.simulator.kill();
      return () => world.simulator.start();
    case 'simulator stopped':
      return stopped(world.simulator);
    case 'Postgres killed':
      await world.postgres.kill();
      return () => world.postgres.start();
    case 'Postgres stopped':
      return stopped(world.postgres);
    case 'Postgres backend killed':
      world.postgres.killBackend();
      return whole;
    case 'Postgres backends terminated':
      await world.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`;
      return whole;
    case 'Redis cut off':
      return broken(toRedis, toRedis.cut);
    case 'Redis delayed':
      return broken(toRedis, () => toRedis.delay(DELAY_MS));
    case 'Redis replies lost':
      return broken(toRedis, toRedis.loseReplies);
    case 'Redis requests lost':
      return broken(toRedis, toRedis.loseRequests);
    case 'Redis silent':
      return broken(toRedis, toRedis.swallow);
    case 'Postgres cut off':
      return broken(toPostgres, toPostgres.cut);
    case 'Postgres delayed':
      return broken(toPostgres, () => toPostgres.delay(DELAY_MS));
    case 'Postgres replies lost':
      return broken(toPostgres, toPostgres.loseReplies);
    case 'Postgres requests lost':
      return broken(toPostgres, toPostgres.loseRequests);
    case 'Postgres silent':
      return broken(toPostgres, toPostgres.swallow);
  }
}

const whole: Mend = () => undefined;

function stopped(process: { signal(signal: 'SIGSTOP' | 'SIGCONT'): void }): Mend {
  process.signal('SIGSTOP');
  return () => process.signal('SIGCONT');
}

function broken(proxy: TcpProxy, begin: () => void): Mend {
  begin();
  return () => proxy.mend();
}

/** The tenants' quota hashes alone; their open operations stay. */
async function deleteHashes({ redisClient }: World): Promise<void> {
  const keys = await redisClient.keys('gw:quota:tenant:*');
  if (keys.length > 0) await redisClient.del(keys);
}
