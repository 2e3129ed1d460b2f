import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port';
import { until } from './until';

const SLOTS = 16_384;
const MASTERS = 3;
/** Nodes speak with one another on a port of their own, so far above. */
const BUS_PORT_OFFSET = 10_000;
const PORT_MAX = 65_535 - BUS_PORT_OFFSET;
/** After so long a silent node counts as dead: the cluster's own judgement, short for a test. */
const NODE_TIMEOUT_MS = 1_000;
const FORMED_MS_MAX = 30_000;

export interface TestCluster {
  /** Every node, separated by commas. */
  readonly url: string;
  /** The port of the master that serves a key. */
  masterOf(key: string): Promise<number>;
  /** The ports of masters, those that a replica could take over from. */
  withReplica(): Promise<readonly number[]>;
  withoutReplica(): Promise<readonly number[]>;
  /** Begins to move a key's slot, and its keys, to another master; the promise's value ends it. */
  beginMoveOf(key: string): Promise<() => Promise<void>>;
  /** Kills nodes where they stand. */
  kill(ports: readonly number[]): Promise<void>;
  killAll(): Promise<void>;
  /** Starts killed nodes again; their memory is gone, their place in the cluster is not. */
  start(ports: readonly number[]): Promise<void>;
  startAll(): Promise<void>;
  close(): Promise<void>;
}

/** A real Redis Cluster on loopback: three masters, and as many replicas as are asked for. */
export async function startRedisCluster({ replicas = 0 } = {}): Promise<TestCluster> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-cluster-'));
  const nodes: ClusterNode[] = [];
  for (let index = 0; index < MASTERS + replicas; index += 1) {
    let port = await freePort();
    while (port > PORT_MAX) port = await freePort();
    nodes.push(new ClusterNode(folder, port));
  }
  await form(nodes);
  return new Formed(folder, nodes);
}

/** Shares the slots out among the first nodes, and makes the others their replicas. */
async function form(nodes: readonly ClusterNode[]): Promise<void> {
  const [first] = nodes;
  if (first === undefined) throw new Error('A cluster of no nodes');
  for (const [index, node] of nodes.entries()) {
    if (index < MASTERS) {
      const all = Array.from({ length: SLOTS }, (_, slot) => slot);
      const own = all.filter((slot) => Math.floor((slot * MASTERS) / SLOTS) === index);
      await node.client.cluster('ADDSLOTS', own);
    }
    await node.client.call('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    if (node !== first) await node.client.cluster('MEET', '127.0.0.1', first.port);
  }
  await untilWhole(nodes);
  for (const [index, node] of nodes.slice(MASTERS).entries()) {
    const master = nodes[index];
    if (master === undefined) throw new Error('More replicas than masters');
    await node.client.cluster('REPLICATE', await master.id());
    const isLinked = async () =>
      (await node.client.info('replication')).includes('master_link_status:up');
    await until('the replica to follow its master', isLinked, FORMED_MS_MAX);
  }
}

async function untilWhole(nodes: readonly ClusterNode[]): Promise<void> {
  const seesAll = async ({ client }: ClusterNode): Promise<boolean> => {
    const info = String(await client.cluster('INFO'));
    const known = /cluster_known_nodes:(\d+)/.exec(info)?.[1];
    return Number(known) === nodes.length && info.includes('cluster_state:ok');
  };
  for (const node of nodes) await until('a whole cluster', () => seesAll(node), FORMED_MS_MAX);
}

class ClusterNode {
  readonly client: Redis;
  private child: ChildProcess;

  constructor(
    private readonly folder: string,
    readonly port: number,
  ) {
    this.child = this.spawn();
    // Of one node alone: no redirection is followed.
    this.client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50 });
    this.client.on('error', () => undefined);
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async id(): Promise<string> {
    return String(await this.client.cluster('MYID'));
  }

  async kill(): Promise<void> {
    if (!this.isAlive) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }

  async start(): Promise<void> {
    if (!this.isAlive) this.child = this.spawn();
    await this.client.ping();
  }

  private spawn(): ChildProcess {
    const args = [
      ...['--port', String(this.port), '--bind', '127.0.0.1'],
      ...['--dir', this.folder, '--save', '', '--appendonly', 'no'],
      ...['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${this.port}.conf`],
      ...['--cluster-node-timeout', String(NODE_TIMEOUT_MS), '--maxmemory-policy', 'noeviction'],
    ];
    return spawn(process.env.TEST_REDIS_SERVER ?? 'redis-server', args, { stdio: 'ignore' });
  }
}

type SlotRange = readonly [from: number, to: number, masterPort: number, replicas: number];

class Formed implements TestCluster {
  readonly url: string;

  constructor(
    private readonly folder: string,
    private readonly nodes: readonly ClusterNode[],
  ) {
    this.url = nodes.map(({ port }) => `redis://127.0.0.1:${port}`).join(',');
  }

  async masterOf(key: string): Promise<number> {
    return (await this.ownerOf(await this.slotOf(key))).port;
  }

  async withReplica(): Promise<readonly number[]> {
    return await this.masters((replicas) => replicas > 0);
  }

  async withoutReplica(): Promise<readonly number[]> {
    return await this.masters((replicas) => replicas === 0);
  }

  async beginMoveOf(key: string): Promise<() => Promise<void>> {
    const slot = await this.slotOf(key);
    const from = await this.ownerOf(slot);
    const others = (await this.ranges()).map(([, , port]) => port);
    const to = this.nodes.find(({ port }) => port !== from.port && others.includes(port));
    if (to === undefined) throw new Error('There is no other master.');
    await to.client.cluster('SETSLOT', slot, 'IMPORTING', await from.id());
    await from.client.cluster('SETSLOT', slot, 'MIGRATING', await to.id());
    return async () => {
      for (;;) {
        const keys = await from.client.cluster('GETKEYSINSLOT', slot, 100);
        if (keys.length === 0) break;
        const there = ['127.0.0.1', String(to.port), '', '0', '2000'];
        await from.client.call('MIGRATE', ...there, 'KEYS', ...keys.map(String));
      }
      for (const node of [to, from])
        await node.client.cluster('SETSLOT', slot, 'NODE', await to.id());
    };
  }

  async kill(ports: readonly number[]): Promise<void> {
    await Promise.all(this.at(ports).map((node) => node.kill()));
  }

  async killAll(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
  }

  async start(ports: readonly number[]): Promise<void> {
    await Promise.all(this.at(ports).map((node) => node.start()));
    await untilWhole(this.nodes);
  }

  async startAll(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.start()));
    await untilWhole(this.nodes);
  }

  async close(): Promise<void> {
    for (const { client } of this.nodes) client.disconnect();
    await this.killAll();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private at(ports: readonly number[]): ClusterNode[] {
    return this.nodes.filter(({ port }) => ports.includes(port));
  }

  private get witness(): Redis {
    const node = this.nodes.find(({ isAlive }) => isAlive);
    if (node === undefined) throw new Error('No node is alive.');
    return node.client;
  }

  private async slotOf(key: string): Promise<number> {
    return Number(await this.witness.cluster('KEYSLOT', key));
  }

  private async ownerOf(slot: number): Promise<ClusterNode> {
    const range = (await this.ranges()).find(([from, to]) => from <= slot && slot <= to);
    const owner = this.nodes.find(({ port }) => port === range?.[2]);
    if (owner === undefined) throw new Error(`Nobody serves slot ${slot}.`);
    return owner;
  }

  private async masters(isMeant: (replicas: number) => boolean): Promise<number[]> {
    const meant = (await this.ranges()).filter(([, , , replicas]) => isMeant(replicas));
    return [...new Set(meant.map(([, , port]) => port))];
  }

  private async ranges(): Promise<SlotRange[]> {
    const ranges = await this.witness.cluster('SLOTS');
    return ranges.map(([from, to, master, ...replicas]) => [
      Number(from),
      Number(to),
      Number(master?.[1]),
      replicas.length,
    ]);
  }
}
