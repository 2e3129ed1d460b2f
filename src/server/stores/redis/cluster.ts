import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './client';
import { guardedRedis, RedisUnavailable } from './failure';
import { probeKey } from './keys';

/** Keys that are tried for one in a master's own slots; each master has some part of 16,384. */
const PROBES_MAX = 10_000;

interface Master {
  readonly node: Redis;
  /** A key that this master serves. */
  readonly probe: string;
}

/**
 * Every master of a cluster, by its newest map, connected. Throws RedisUnavailable while a slot has
 * no master or one cannot be reached.
 */
export async function connectedMasters(cluster: Cluster): Promise<readonly Master[]> {
  await guardedRedis(() => refreshed(cluster));
  const known = new Map(cluster.nodes('master').map((node) => [nameOf(node), node]));
  const masters: Master[] = [];
  for (const owner of new Set(ownersOf(cluster))) {
    const node = known.get(owner);
    if (node === undefined) throw new RedisUnavailable('cluster_down', new Error('no master'));
    // The client connects a node with the first command to it; a probe must not wait for that.
    await guardedRedis(async () => node.status === 'wait' && (await node.connect()));
    masters.push({ node, probe: await probeOf(cluster, node) });
  }
  return masters;
}

/**
 * Calls `onLoss` whenever what was known of Redis may be gone: a connection that broke may come back
 * to another Redis or to an older state of this one, and so may a slot whose replica took over.
 * A slot that merely moved to another master has taken its keys along.
 */
export function watchLoss(client: RedisClient, onLoss: () => void): void {
  client.on('close', onLoss);
  if (!(client instanceof Cluster)) return;
  client.on('-node', (node: Redis) => {
    if (node.options.readOnly !== true) onLoss();
  });
  let owners: readonly string[] = [];
  client.on('refresh', () => {
    const before = new Set(owners);
    owners = ownersOf(client);
    if (before.size > 0 && owners.some((owner) => !before.has(owner))) onLoss();
  });
}

/** The master of each slot; empty where there is none. */
const ownersOf = (cluster: Cluster): string[] =>
  Array.from(cluster.slots, (nodes) => nodes?.[0] ?? '');

const nameOf = (node: Redis): string => `${node.options.host}:${node.options.port}`;

const refreshed = (cluster: Cluster): Promise<void> =>
  new Promise((resolve, reject) => {
    cluster.refreshSlotsCache((error) => (error ? reject(error) : resolve()));
  });

async function probeOf(cluster: Cluster, node: Redis): Promise<string> {
  for (let n = 0; n < PROBES_MAX; n += 1) {
    const slot = Number(await guardedRedis(() => node.cluster('KEYSLOT', probeKey(n))));
    if (cluster.slots[slot]?.[0] === nameOf(node)) return probeKey(n);
  }
  throw new Error('No probe key lies in the slots of a master');
}
