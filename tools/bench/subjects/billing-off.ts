// A program: our self-hosted path with every store taken out, so that the difference to the real
// server is what billing costs. Built for the bench alone: no switch in the product leads here.
import { createServer } from 'node:http';
import { handleNodeRequest } from '@/server/gateway/adapters/node';
import { createDoubtfulRows } from '@/server/gateway/doubtful-rows';
import { handleRequest } from '@/server/gateway/handle-request';
import { createOpenCharges } from '@/server/gateway/open-charges';
import { Shutdown } from '@/server/gateway/shutdown';
import type { GatewayPorts } from '@/server/gateway/types';
import { createKeyHasher, isWellFormedApiKey } from '@/server/security/api-key';
import { createGatewayTelemetry } from '@/server/telemetry/create-gateway-telemetry';
import { createLogger } from '@/server/telemetry/logger';
import { createMetrics } from '@/server/telemetry/metrics';
import { createBoundNames } from '@/server/upstream/bound-names';
import { createUpstreamClient } from '@/server/upstream/http-client';
import { createRouteOrder } from '@/server/upstream/route-order';
import { createTokenMeters } from '@/server/upstream/token-meters';
import { freeCatalogue, freeKeys, freeLedger, freeQuota, unusedPorts } from './free-stores';

const ports: GatewayPorts = {
  ...unusedPorts,
  keys: freeKeys,
  catalogue: freeCatalogue(process.env.UPSTREAM_URL ?? ''),
  quota: freeQuota,
  ledger: freeLedger,
  upstreams: createUpstreamClient(),
  routes: createRouteOrder(Date.now, Math.random),
  boundNames: createBoundNames(),
  tokens: createTokenMeters(),
  hashKey: createKeyHasher('an-encryption-key-for-the-bench'),
  isWellFormedKey: isWellFormedApiKey,
  telemetry: createGatewayTelemetry(createMetrics(), createLogger('info')),
  openCharges: createOpenCharges(),
  doubtfulRows: createDoubtfulRows(),
  owner: 'bench',
  shutdown: new Shutdown(),
};

createServer((req, res) => {
  if (req.method === 'GET') return void res.end();
  void handleNodeRequest((request) => handleRequest(ports, request), req, res, '');
}).listen(Number(process.env.PORT), '127.0.0.1');
