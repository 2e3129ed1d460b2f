// @ts-check
import { readFileSync } from 'node:fs';
import { codeOf, Refusal } from './messages.mjs';

/**
 * drainMs: how long a server that ends may take, the delay before it included.
 * @typedef {{ host: string, port: number, drainMs: number, origin: string }} Settings
 */

/**
 * A variable of the environment, or what is in the file that `<name>_FILE` names; an empty one counts
 * as absent. Refuses a file that cannot be read.
 * @param {string} name
 */
export function variable(name) {
  const file = process.env[`${name}_FILE`];
  if (process.env[name] || !file) return process.env[name] || undefined;
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '') || undefined;
  } catch (error) {
    throw new Refusal(`${name}_FILE names a file that cannot be read (${codeOf(error)}).`);
  }
}

/**
 * What start itself must know before the server checks every variable. Refuses with a sentence.
 * @returns {Settings}
 */
export function readSettings() {
  const host = variable('HOST') ?? '127.0.0.1';
  const port = wholeNumber('PORT', 1, 65_535, 3000);
  const delayMs = wholeNumber('DRAIN_DELAY_MS', 0, 600_000, 0);
  const drainMs = delayMs + wholeNumber('DRAIN_MS', 0, 3_600_000, 30_000);
  return { host, port, drainMs, origin: `http://${reachable(host)}:${port}` };
}

/** @param {string} name @param {number} min @param {number} max @param {number} fallback */
function wholeNumber(name, min, max, fallback) {
  const text = variable(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Refusal(`${name} must be a whole number from ${min} to ${max}; it is "${text}".`);
}

/** What a client on this machine writes for the address that we listen on. @param {string} host */
function reachable(host) {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
