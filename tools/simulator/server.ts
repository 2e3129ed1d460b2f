import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BenchReplies } from './bench-reply';
import { CONTROL_PREFIX, control } from './control';
import { Exchange } from './exchange';
import { openJournal } from './journal';
import { answer, type RouteContext, refuse } from './routes';
import { type QueuedScript, ScriptQueue } from './script-queue';
import { type Stats, StatsBook } from './stats';
import { tokeniser } from './tokens';

export interface SimulatorOptions {
  readonly host?: string;
  /** 0 (the default): any free port. */
  readonly port?: number;
  /** When set, requests need it as their bearer. */
  readonly apiKey?: string | undefined;
  /** Multiplies the models' own times; 0 answers at once. Default 1. */
  readonly pace?: number;
  /** Where to write down each answer that is begun, and how it ended. */
  readonly journalFile?: string | undefined;
}

export interface Simulator {
  /** With `/v1`: what an OpenAI client's base URL takes. */
  readonly url: string;
  readonly port: number;
  /** Sets the behaviour of the next requests. */
  script(queued: QueuedScript): void;
  stats(): Stats;
  reset(): void;
  /** Breaks all connections off. */
  close(): Promise<void>;
}

/** Beyond what clients' pools keep idle sockets, so that none is closed under a request. */
const KEEP_ALIVE_MS = 120_000;

/** Starts an OpenAI-compatible upstream. @throws when the port is taken */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = '127.0.0.1', port = 0, apiKey, pace = 1, journalFile } = options;
  const journal = journalFile === undefined ? null : openJournal(journalFile);
  tokeniser();
  const queue = new ScriptQueue();
  const stats = new StatsBook();
  const context: RouteContext = { queue, pace, apiKey, journal, bench: new BenchReplies() };

  const server = createServer({ noDelay: true, keepAliveTimeout: KEEP_ALIVE_MS }, (req, res) => {
    const isControl = req.url?.startsWith(CONTROL_PREFIX) === true;
    const exchange = new Exchange(req, res, isControl ? undefined : stats);
    if (!isControl) return void answer(exchange, context);
    control(exchange, queue, stats).catch((error: unknown) => refuse(exchange, error));
  });
  server.requestTimeout = 0;

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = portOf(server.address());
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/v1`,
    port: bound,
    script: (queued) => queue.add(queued),
    stats: () => stats.snapshot(queue.pending),
    reset: () => {
      queue.clear();
      stats.reset();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}
