import { Cluster, Redis } from 'ioredis';
import { writeTogether } from './write-together';

export type RedisClient = Redis | Cluster;

/** How long a command may take before its outcome counts as unknown. */
const COMMAND_TIMEOUT_MS = 800;
const RECONNECT_MS_MAX = 500;
/** A cluster's client asks again so often, so long apart: then the fallback is better. */
const REDIRECTIONS_MAX = 6;
const REDIRECTION_MS = 50;

const nodeOptions = {
  commandTimeout: COMMAND_TIMEOUT_MS,
  connectTimeout: 1_000,
  // A command that cannot be sent now fails now: the fallback is better than a queue.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  retryStrategy: (attempt: number) => Math.min(attempt * 50, RECONNECT_MS_MAX),
  lazyConnect: true,
} as const;

/**
 * Opens a client for `redis://`, `rediss://`, or several comma-separated hosts (a cluster).
 * It connects in the background for as long as it lives; commands fail at once meanwhile.
 */
export function createRedisClient(url: string, forceCluster: boolean): RedisClient {
  const urls = url.split(',').map((part) => new URL(part));
  const [first] = urls;
  if (first === undefined) throw new Error('REDIS_URL is empty');
  const client = urls.length > 1 || forceCluster ? createCluster(urls, first) : createSingle(url);
  // Without a listener an 'error' event would end the process; the breaker sees the failures.
  client.on('error', () => undefined);
  return client;
}

function createSingle(url: string): Redis {
  const client = new Redis(url, nodeOptions);
  writeTogether(client);
  return client;
}

function createCluster(urls: readonly URL[], first: URL): Cluster {
  const { commandTimeout, connectTimeout } = nodeOptions;
  const cluster = new Cluster(
    urls.map((node) => ({ host: node.hostname, port: Number(node.port || 6379) })),
    {
      lazyConnect: true,
      enableOfflineQueue: false,
      clusterRetryStrategy: nodeOptions.retryStrategy,
      maxRedirections: REDIRECTIONS_MAX,
      retryDelayOnFailover: REDIRECTION_MS,
      retryDelayOnClusterDown: REDIRECTION_MS,
      retryDelayOnTryAgain: REDIRECTION_MS,
      redisOptions: {
        commandTimeout,
        connectTimeout,
        ...(first.username === '' ? {} : { username: decodeURIComponent(first.username) }),
        ...(first.password === '' ? {} : { password: decodeURIComponent(first.password) }),
        ...(first.protocol === 'rediss:' ? { tls: {} } : {}),
      },
    },
  );
  cluster.on('+node', writeTogether);
  return cluster;
}

/** Waits until the client is ready, at most `timeoutMs`; returns whether it is. */
export async function waitUntilReady(client: RedisClient, timeoutMs: number): Promise<boolean> {
  client.connect().catch(() => undefined);
  const until = Date.now() + timeoutMs;
  while (Date.now() < until) {
    if (client.status === 'ready') return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
