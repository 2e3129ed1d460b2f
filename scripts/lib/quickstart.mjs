// @ts-check
import { rmSync } from 'node:fs';
import path from 'node:path';
import { writePrivately } from './data-dir.mjs';

/**
 * What clients, operators and tools on this machine need to know of a running start.
 * @typedef {object} Quickstart
 * @property {string} baseUrl
 * @property {string} portalUrl
 * @property {string} adminToken
 * @property {string} email
 * @property {string} password
 * @property {string} tenantId
 * @property {string} apiKey
 * @property {string} databaseUrl
 * @property {string | null} redisUrl
 * @property {{ gateway: number, postgres?: number, redis?: number }} pids
 */

const fileOf = (/** @type {string} */ dataDir) => path.join(dataDir, 'quickstart.json');

/** What the last start wrote is void: the file is there once this one is ready. @param {string} dataDir */
export function forgetQuickstart(dataDir) {
  rmSync(fileOf(dataDir), { force: true });
}

/** @param {string} dataDir @param {Quickstart} quickstart */
export function writeQuickstart(dataDir, quickstart) {
  writePrivately(fileOf(dataDir), quickstart);
}

/**
 * @param {object} facts
 * @param {string} facts.origin
 * @param {NodeJS.ProcessEnv} facts.env what the server was given
 * @param {string} facts.tenantId
 * @param {import('./stack.mjs').Stack} facts.stack
 * @param {number} facts.serverPid
 * @returns {Quickstart}
 */
export function makeQuickstart({ origin, env, tenantId, stack, serverPid }) {
  return {
    baseUrl: `${origin}/api/v1`,
    portalUrl: origin,
    // Of several, the newest.
    adminToken: env.ADMIN_TOKEN?.split(',')[0] ?? '',
    email: env.TALLYGATE_DEMO_EMAIL ?? '',
    password: env.TALLYGATE_DEMO_PASSWORD ?? '',
    tenantId,
    apiKey: env.TALLYGATE_DEMO_API_KEY ?? '',
    databaseUrl: stack.databaseUrl,
    redisUrl: stack.redisUrl,
    pids: { gateway: serverPid, ...stack.pids() },
  };
}

/**
 * What the person at the terminal gets to see once everything is up.
 * @param {Quickstart} quickstart
 * @param {{ hasSimulator: boolean, dataDir: string, seconds: number }} about
 */
export async function welcome(quickstart, { hasSimulator, dataDir, seconds }) {
  const { baseUrl, portalUrl, email, password, apiKey, redisUrl } = quickstart;
  const model = hasSimulator ? 'sim-fast' : await firstModel(quickstart);
  const quota = redisUrl === null ? 'PostgreSQL alone (no Redis)' : 'Redis, PostgreSQL behind it';
  return `
  Tallygate is ready (${seconds.toFixed(1)} s).

  Base URL   ${baseUrl}
  API key    ${apiKey}
  Portal     ${portalUrl}
  Login      ${email}  ${password}
  Quota in   ${quota}
  Data       ${dataDir} (quickstart.json has all of this)

  ${curl(baseUrl, apiKey, model)}

  Ctrl-C lets open requests finish and stops everything.

`;
}

/** @param {string} baseUrl @param {string} apiKey @param {string} model */
function curl(baseUrl, apiKey, model) {
  const body = { model, stream: true, messages: [{ role: 'user', content: 'Hello!' }] };
  return [
    `curl -N ${baseUrl}/chat/completions`,
    `-H 'Authorization: Bearer ${apiKey}'`,
    `-H 'Content-Type: application/json'`,
    `-d '${JSON.stringify(body)}'`,
  ].join(' ');
}

/** @param {Quickstart} quickstart */
async function firstModel({ baseUrl, apiKey }) {
  try {
    const headers = { authorization: `Bearer ${apiKey}` };
    const reply = await fetch(`${baseUrl}/models`, { headers });
    const list = await reply.json();
    return String(list.data[0].id);
  } catch {
    return 'gpt-4o-mini';
  }
}
