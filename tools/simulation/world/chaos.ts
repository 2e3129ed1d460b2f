import type { Disk } from './disk';
import type { FaultKind } from './faults';
import type { Instance } from './instance';
import type { World } from './world';

/**
 * Draws when the faults of a seed strike: most of them while some request is under way, which
 * began at one of these moments.
 */
export function planChaos(world: World, horizonMs: number, moments: readonly number[]): void {
  const { dice } = world;
  for (const kind of world.faults) {
    const strike = STRIKES[kind];
    if (strike === undefined) continue;
    for (let times = dice.pick([1, 2, 2, 3]); times > 0; times -= 1) {
      const isAimed = dice.chance(0.75);
      const atMs = isAimed ? dice.pick(moments) + dice.skewed(0, 9_000) : dice.next() * horizonMs;
      world.scheduler.after(Math.min(atMs, horizonMs), null, () => {
        world.reach(`fault: ${kind}`);
        strike(world);
      });
    }
  }
  if (world.faults.has('redis-rollback')) {
    for (let atMs = 0; atMs < horizonMs; atMs += dice.between(500, 9_000)) {
      world.scheduler.after(atMs, null, () => world.redis.save());
    }
  }
}

const STRIKES: Partial<Record<FaultKind, (world: World) => void>> = {
  crash: (world) => onOne(world, (instance) => crash(world, instance)),
  'host-away': (world) =>
    onOne(world, ({ disk }) => {
      const others = world.disks.filter((other) => other !== disk && !other.isAway);
      for (const other of others) {
        if (!world.alive.some((one) => one.disk === other)) world.startInstance(other);
      }
      for (let more = 3; more > 0; more -= 1) world.clients.sendAnother();
      world.scheduler.after(world.dice.between(50, 900), null, () => hostAway(world, disk));
    }),
  drain: (world) =>
    onOne(world, (instance) => {
      world.journal.say(() => `${instance.name}: SIGTERM`);
      world.scheduler.after(0, instance.process, () => {
        instance.drain(() => crash(world, instance));
      });
    }),
  freeze: (world) => onOne(world, (instance) => freeze(world, instance)),
  'redis-cut': (world) =>
    onOne(world, (instance) => {
      world.journal.say(() => `${instance.name}: cut off from redis`);
      instance.loseRedis();
      const backMs = world.dice.skewed(100, 45_000);
      world.scheduler.after(backMs, instance.process, () => instance.reconnectRedis());
    }),
  'redis-away': (world) => redisAway(world, () => undefined),
  'redis-restart-empty': (world) => redisAway(world, () => world.redis.flush()),
  'redis-rollback': (world) => redisAway(world, () => world.redis.rollBack(world.dice.next())),
  'redis-flush': (world) => {
    world.journal.say(() => 'redis: FLUSHALL');
    world.redis.flush();
  },
  'redis-lose-hash': (world) => {
    const tenant = world.dice.pick(world.tenants);
    world.journal.say(() => `redis: the hash of ${tenant.id} is lost`);
    world.redis.memory.keys.del(`gw:quota:tenant:${tenant.id}`);
  },
  'redis-lose-operations': (world) => {
    const tenant = world.dice.pick(world.tenants);
    world.journal.say(() => `redis: the operations of ${tenant.id} are lost`);
    world.checks.onOperationsLost(tenant.id);
    world.redis.memory.keys.del(`{gw:quota:tenant:${tenant.id}}:ops`);
  },
  'postgres-away': (world) => postgresAway(world),
  'postgres-cut': (world) =>
    onOne(world, (instance) => {
      world.journal.say(() => `${instance.name}: cut off from postgres`);
      instance.postgres.cut();
      const backMs = world.dice.pick([500, 5_000, 45_000, 80_000]);
      world.scheduler.after(backMs, instance.process, () => instance.reconnectPostgres());
    }),
  'postgres-locked': (world) => {
    const { db } = world.postgres;
    const { id } = world.dice.pick(world.tenants);
    const own = db.pendingOf(id).map((row) => row.charge.transactionId);
    const isWhole = own.length === 0 || world.dice.chance(0.3);
    const rows = isWhole ? [] : [world.dice.pick(own)];
    world.journal.say(() => `postgres: ${isWhole ? id : rows.join()} is locked by hand`);
    if (isWhole) db.lockedQuotas.add(id);
    for (const row of rows) db.lockedRows.add(row);
    world.scheduler.after(world.dice.skewed(500, 45_000), null, () => {
      db.lockedQuotas.delete(id);
      for (const row of rows) db.lockedRows.delete(row);
    });
  },
  'disk-full': (world) =>
    onOne(world, ({ disk, name }) => {
      world.journal.say(() => `${name}: the disk is full`);
      disk.isFull = true;
      world.scheduler.after(world.dice.skewed(1_000, 60_000), null, () => {
        disk.isFull = false;
      });
    }),
  poison: (world) => {
    const { db } = world.postgres;
    const open = [...db.charges.values()].filter((row) => row.status === 'PENDING');
    if (open.length === 0) return;
    const { transactionId } = world.dice.pick(open).charge;
    world.journal.say(() => `postgres: ${transactionId} cannot be settled from here on`);
    db.poisoned.add(transactionId);
  },
};

function onOne(world: World, strike: (instance: Instance) => void): void {
  const { alive } = world;
  if (alive.length > 0) strike(world.dice.pick(alive));
}

function crash(world: World, instance: Instance): void {
  if (instance.process.state === 'dead') return;
  world.journal.say(() => `${instance.name}: gone`);
  instance.process.state = 'dead';
  if (instance.exchanges.size > 0) world.reach('process: dies with a request');
  world.clients.onDisturbed(instance);
  world.clients.onCrash(instance);
  world.scheduler.after(world.dice.skewed(50, 50_000), null, () => {
    if (!instance.disk.isAway) world.startInstance(instance.disk);
  });
}

/** A machine loses its network, then its power; its disk, spool and all, comes back later. */
function hostAway(world: World, disk: Disk): void {
  if (disk.isAway) return;
  const { dice, journal, scheduler } = world;
  const own = (): Instance[] => world.alive.filter((instance) => instance.disk === disk);
  journal.say(() => `${namesOf(own())}: their machine is cut off from postgres`);
  for (const instance of own()) instance.postgres.cut();
  const offAfterMs = dice.skewed(2_000, 15_000);
  scheduler.after(offAfterMs, null, () => {
    disk.isAway = true;
    askAgain(world, disk);
    for (const instance of own()) crash(world, instance);
  });
  scheduler.after(offAfterMs + dice.between(30_000, 80_000), null, () => hostBack(world, disk));
}

/** Clients whose answers wait to be charged on a disk that is away ask once more meanwhile. */
function askAgain({ dice, scheduler, clients, exchanges }: World, disk: Disk): void {
  const records = [...disk.files.values()].flat();
  for (const { ask, admitted } of [...exchanges]) {
    const isWaiting = admitted !== null && records.some((one) => one.includes(admitted.owner));
    if (!isWaiting || ask.traceId === null) continue;
    for (const soonestMs of [30_000, 45_000]) {
      scheduler.after(soonestMs + dice.between(0, 20_000), null, () => clients.send(ask));
    }
  }
}

function hostBack(world: World, disk: Disk): void {
  if (!disk.isAway) return;
  disk.isAway = false;
  world.journal.say(() => 'a machine is back');
  if (!world.alive.some((instance) => instance.disk === disk)) world.startInstance(disk);
}

const namesOf = (instances: readonly Instance[]): string =>
  instances.map(({ name }) => name).join(', ');

function freeze(world: World, { process, name }: Instance): void {
  if (process.state !== 'running') return;
  world.journal.say(() => `${name}: SIGSTOP`);
  process.state = 'frozen';
  for (const instance of world.instances) {
    if (instance.process === process) world.clients.onDisturbed(instance);
  }
  world.scheduler.after(world.dice.skewed(200, 90_000), null, () => thaw(world, name));
}

function thaw(world: World, name: string): void {
  for (const instance of world.instances) {
    if (instance.name !== name || instance.process.state !== 'frozen') continue;
    world.journal.say(() => `${name}: SIGCONT`);
    if (instance.exchanges.size > 0) world.reach('process: wakes with a request');
    world.scheduler.thaw(instance.process);
  }
}

function redisAway(world: World, loses: () => void): void {
  const { redis, dice, scheduler } = world;
  if (!redis.isUp) return;
  world.journal.say(() => 'redis: down');
  redis.isUp = false;
  for (const instance of world.alive) instance.loseRedis();
  scheduler.after(dice.skewed(20, 45_000), null, () => {
    if (redis.isUp) return;
    loses();
    redisUp(world);
  });
}

function redisUp(world: World): void {
  const { redis, dice, scheduler } = world;
  if (redis.isUp) return;
  world.journal.say(() => 'redis: up');
  redis.isUp = true;
  redis.restarts += 1;
  for (const instance of world.alive) {
    scheduler.after(dice.between(1, 500), instance.process, () => instance.reconnectRedis());
  }
}

function postgresAway(world: World): void {
  const { postgres, dice, scheduler } = world;
  if (!postgres.isUp) return;
  world.journal.say(() => 'postgres: down');
  postgres.isUp = false;
  for (const instance of world.alive) instance.postgres.cut();
  scheduler.after(dice.skewed(20, 60_000), null, () => postgresUp(world));
}

function postgresUp(world: World): void {
  const { postgres, dice, scheduler } = world;
  if (postgres.isUp) return;
  world.journal.say(() => 'postgres: up');
  postgres.start();
  for (const instance of world.alive) {
    scheduler.after(dice.between(1, 1_000), instance.process, () => instance.reconnectPostgres());
  }
}

/** The end of all faults: from here on everything has to come right by itself. */
export function mend(world: World): void {
  world.journal.say(() => '——— everything is mended ———');
  world.weather.isFair = true;
  redisUp(world);
  postgresUp(world);
  for (const instance of world.alive) {
    instance.disk.isFull = false;
    thaw(world, instance.name);
    world.scheduler.after(1_500, instance.process, () => {
      instance.reconnectRedis();
      instance.reconnectPostgres();
    });
  }
  for (const disk of world.disks) {
    disk.isAway = false;
    if (!world.alive.some((instance) => instance.disk === disk)) world.startInstance(disk);
  }
  world.postgres.db.poisoned.clear();
  world.postgres.db.lockedQuotas.clear();
  world.postgres.db.lockedRows.clear();
}
