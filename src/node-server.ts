import cluster from 'node:cluster';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { EnvError, readEnv } from './env';
import { createDoor } from './server/boot/door';
import { closeNextContextsWhenIdle } from './server/boot/next-contexts';
import { createOpenReplies } from './server/boot/open-replies';
import { closeWithConnection } from './server/boot/queued-replies';
import { markServedByTallygate } from './server/boot/served-by';
import { startTallygate } from './server/boot/start';
import { stopOnSignal } from './server/boot/stop-on-signal';
import { runWorkers, tell } from './server/boot/workers';
import { handleNodeRequest } from './server/gateway/adapters/node';
import { isGatewayPath } from './server/gateway/adapters/path';

const KEEP_ALIVE_MS = 75_000;

/** The self-hosted server: the gateway's paths straight to its core, every other path to Next. */
async function serve(): Promise<void> {
  markServedByTallygate();
  const { container, tenantId } = await startTallygate();
  const { HOST: hostname, PORT: port } = container.env;
  // Next listens for upgrades on the server it is given, and breaks each of them off. On one that
  // never runs, so that a client that offers HTTP/2 in passing is answered all the same.
  const httpServer = createServer();
  const contexts = closeNextContextsWhenIdle();
  const { default: next } = await import('next');
  const portal = next({ dev: false, dir: process.cwd(), hostname, port, httpServer });
  await portal.prepare();
  const servePage = portal.getRequestHandler();
  const door = createDoor(container.env.TRUST_PROXY);
  const replies = createOpenReplies();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (req, res) => {
    closeWithConnection(req, res);
    replies.add(res);
    const served = isGatewayPath(req.url ?? '')
      ? handleNodeRequest(container.handle, req, res, door.addressOf(req))
      : servePortal(req, res);
    served.catch((error: unknown) => {
      container.log.error({ type: error instanceof Error ? error.name : typeof error }, 'serve');
      res.destroy();
    });
  });
  const servePortal = (req: IncomingMessage, res: ServerResponse) => {
    door.enter(req);
    const served = servePage(withoutInternals(req), res);
    contexts.follow(res, served);
    return served;
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, hostname, resolve);
  });
  container.log.info({ hostname, port }, 'listening');
  stopOnSignal({ container, replies, server: () => server });
  tell({ type: 'ready', tenantId });
}

/** Without the headers that Next's parts send one another; a client has no business sending them. */
function withoutInternals(req: IncomingMessage): IncomingMessage {
  for (const name of Object.keys(req.headers)) {
    if (name.startsWith('x-middleware-')) delete req.headers[name];
  }
  return req;
}

/** Why no socket could be had, by the system's code, and what to do about it. */
const LISTENING_FAULTS: ReadonlyMap<string, (said: string) => string> = new Map([
  ['EADDRINUSE', (said) => `The port is taken (${said}). Set PORT to another one.`],
  ['EACCES', (said) => `The port is not for us (${said}). Set PORT to 1024 or more.`],
  [
    'EADDRNOTAVAIL',
    (said) => `HOST is no address of this machine (${said}). Set it to one, or 0.0.0.0.`,
  ],
  ['ENOTFOUND', (said) => `HOST names no address (${said}). Set it to one, or 0.0.0.0.`],
]);

function sentence(error: unknown): string {
  if (error instanceof EnvError) return error.message;
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && 'syscall' in error) {
    const toMend = LISTENING_FAULTS.get(String(error.code));
    if (toMend !== undefined) return toMend(error.message);
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
