// @ts-check
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { codeOf, Refusal } from './messages.mjs';

const STORES_HOST = '127.0.0.1';

/**
 * Listens for a moment; null when that works, else the error's code (EADDRINUSE, EACCES, …).
 * @param {string} host
 * @param {number} port
 * @returns {Promise<string | null>}
 */
function tryListening(host, port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', (error) => resolve(codeOf(error)));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}

/** A port of the loopback address that nothing listens on. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, STORES_HOST, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/**
 * The port that a store had at the last start if it is still free, else a new one; remembered.
 * @param {string} dataDir
 * @param {string} name
 */
export async function keptPort(dataDir, name) {
  const kept = rememberedPort(dataDir, name);
  if (kept !== null && (await tryListening(STORES_HOST, kept)) === null) return kept;
  let port = await freePort();
  while (Object.values(readPorts(dataDir)).includes(port)) port = await freePort();
  writeFileSync(portsFile(dataDir), JSON.stringify({ ...readPorts(dataDir), [name]: port }));
  return port;
}

/** @param {string} dataDir @param {string} name @returns {number | null} */
export function rememberedPort(dataDir, name) {
  const port = readPorts(dataDir)[name];
  return typeof port === 'number' ? port : null;
}

/** @param {string} dataDir */
const portsFile = (dataDir) => path.join(dataDir, 'ports.json');

/** @param {string} dataDir @returns {Record<string, unknown>} */
function readPorts(dataDir) {
  try {
    return JSON.parse(readFileSync(portsFile(dataDir), 'utf8'));
  } catch {
    return {};
  }
}

/**
 * Refuses, with a sentence, an address that the server could not listen on.
 * @param {string} host
 * @param {number} port
 */
export async function requireFreePort(host, port) {
  const code = await tryListening(host, port);
  if (code === null) return;
  if (code === 'EADDRINUSE') {
    throw new Refusal(`PORT ${port} on ${host} is taken; end what listens there or set PORT.`);
  }
  if (code === 'EACCES') {
    throw new Refusal(`PORT ${port} may not be used by this user; set PORT to 1024 or above.`);
  }
  throw new Refusal(`HOST ${host} is not an address of this machine (${code}).`);
}
