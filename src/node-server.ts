import cluster from 'node:cluster';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import next from 'next';
import { EnvError, readEnv } from './env';
import { markServedByTallygate } from './server/boot/served-by';
import { startTallygate } from './server/boot/start';
import { runWorkers, tell } from './server/boot/workers';
import type { Container } from './server/container';
import { handleNodeRequest } from './server/gateway/adapters/node';
import { isGatewayPath } from './server/gateway/adapters/path';

const KEEP_ALIVE_MS = 75_000;
const CLOSE_IDLE_EVERY_MS = 20;
/** How long a client may take to read what it was charged for, once the drain is over. */
const LAST_BYTES_MS = 5_000;

/** The self-hosted server: the gateway's paths straight to its core, every other path to Next. */
async function serve(): Promise<void> {
  markServedByTallygate();
  const { container, tenantId } = await startTallygate();
  const { HOST: hostname, PORT: port } = container.env;
  // Next listens for upgrades on the server it is given, and breaks each of them off. On one that
  // never runs, so that a client that offers HTTP/2 in passing is answered all the same.
  const httpServer = createServer();
  const portal = next({ dev: false, dir: process.cwd(), hostname, port, httpServer });
  await portal.prepare();
  const servePortal = portal.getRequestHandler();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (req, res) => {
    const served = isGatewayPath(req.url ?? '')
      ? handleNodeRequest(container.handle, req, res)
      : servePortal(withoutInternals(req), res);
    served.catch((error: unknown) => {
      container.log.error({ type: error instanceof Error ? error.name : typeof error }, 'serve');
      res.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, hostname, resolve);
  });
  container.log.info({ hostname, port }, 'listening');
  drainOnSignal(container, server);
  tell({ type: 'ready', tenantId });
}

/** Without the headers that Next's parts send one another; a client has no business sending them. */
function withoutInternals(req: IncomingMessage): IncomingMessage {
  for (const name of Object.keys(req.headers)) {
    if (name.startsWith('x-middleware-')) delete req.headers[name];
  }
  return req;
}

/** SIGTERM, Ctrl-C, or a parent that died: accepts nothing more, drains, sends what is left, ends. */
function drainOnSignal(container: Container, server: Server): void {
  let isStopping = false;
  const stop = async () => {
    if (isStopping) return;
    isStopping = true;
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    // A connection that is kept alive would go on bringing requests.
    setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS);
    await container.drain(container.env.DRAIN_MS);
    // A settled answer may still be on its way to its client.
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, LAST_BYTES_MS))]);
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect']) process.on(signal, () => void stop());
}

function sentence(error: unknown): string {
  if (error instanceof EnvError) return error.message;
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `The port is taken (${error.message}). Set PORT to another one.`;
  }
  return error.message === '' ? error.name : error.message;
}

function fail(error: unknown): void {
  tell({ type: 'fatal', message: sentence(error) }, () => process.exit(1));
}

try {
  const { WORKERS: workers } = readEnv();
  if (workers > 1 && cluster.isPrimary) runWorkers(workers);
  else await serve();
} catch (error) {
  fail(error);
}
