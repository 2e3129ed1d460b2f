import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import next from 'next';
import { EnvError, readEnv } from './env';
import { markServedByTallygate } from './server/boot/served-by';
import { startTallygate } from './server/boot/start';
import { handleNodeRequest } from './server/gateway/adapters/node';
import { isGatewayPath } from './server/gateway/adapters/path';

/** The self-hosted server: the gateway's paths straight to its core, every other path to Next. */
async function main(): Promise<void> {
  markServedByTallygate();
  const env = readEnv();
  const { container, tenantId } = await startTallygate();
  const portal = next({ dev: false, dir: process.cwd(), hostname: env.HOST, port: env.PORT });
  await portal.prepare();
  const servePortal = portal.getRequestHandler();
  const server = createServer({ keepAliveTimeout: 75_000 }, (req, res) => {
    const served = isGatewayPath(req.url ?? '')
      ? handleNodeRequest(container.handle, req, res)
      : servePortal(req, res);
    served.catch((error: unknown) => {
      container.log.error({ type: error instanceof Error ? error.name : typeof error }, 'serve');
      res.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(env.PORT, env.HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  container.log.info({ host: env.HOST, port }, 'listening');
  process.send?.({ type: 'ready', tenantId });

  const stop = async () => {
    server.close();
    server.closeIdleConnections();
    await container.drain(env.DRAIN_MS);
    server.closeAllConnections();
    process.exit(0);
  };
  let isStopping = false;
  const stopOnce = () => {
    if (isStopping) return;
    isStopping = true;
    void stop();
  };
  process.on('SIGTERM', stopOnce);
  process.on('SIGINT', stopOnce);
  process.on('disconnect', stopOnce);
}

function sentence(error: unknown): string {
  if (error instanceof EnvError) return error.message;
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `The port is taken: ${error.message}. Set PORT to another one.`;
  }
  return error.message === '' ? error.name : error.message;
}

main().catch((error: unknown) => {
  const message = sentence(error);
  process.stderr.write(`${message}\n`);
  if (process.send === undefined) process.exit(1);
  process.send({ type: 'fatal', message }, () => process.exit(1));
});
