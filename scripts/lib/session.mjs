// @ts-check
import { openDataDir } from './data-dir.mjs';
import { watchInterrupts } from './interrupts.mjs';
import { complain, say } from './messages.mjs';
import { requireFreePort } from './ports.mjs';
import { forgetQuickstart, makeQuickstart, welcome, writeQuickstart } from './quickstart.mjs';
import { takeRunLock } from './run-lock.mjs';
import { keptSecrets } from './secrets.mjs';
import { serverEnv } from './server-env.mjs';
import { readSettings } from './settings.mjs';
import { bringUp } from './stack.mjs';

/** @typedef {import('./settings.mjs').Settings} Settings */
/**
 * @typedef {object} Server
 * @property {number} pid
 * @property {Promise<string>} ready the demo tenant's id once it serves; rejects with a Refusal
 * @property {Promise<string>} ended how it ended, as words
 * @property {(drainMs: number) => Promise<void>} drain lets open requests finish, then ends it
 * @property {() => void} kill
 */
/**
 * What `npm start` and `npm run dev` do differently.
 * @typedef {object} Kind
 * @property {() => Promise<void>} prepare installs and builds
 * @property {import('./stack.mjs').SimulatorProgram} simulator
 * @property {(env: NodeJS.ProcessEnv, settings: Settings) => Server} startServer
 */
/**
 * @typedef {object} Session
 * @property {Kind} kind
 * @property {Settings} settings
 * @property {string} dataDir
 * @property {import('./run-lock.mjs').RunLock} lock
 * @property {import('./interrupts.mjs').Interrupts} interrupts
 */

/**
 * Runs Tallygate until an interrupt, then stops everything that it started.
 * @param {Kind} kind
 * @returns {Promise<number>} the exit code
 */
export async function runSession(kind) {
  const interrupts = watchInterrupts();
  const settings = readSettings();
  const dataDir = openDataDir();
  const lock = await takeRunLock(dataDir, settings.drainMs);
  try {
    forgetQuickstart(dataDir);
    await requireFreePort(settings.host, settings.port);
    await kind.prepare();
    interrupts.check();
    return await withStack({ kind, settings, dataDir, lock, interrupts });
  } catch (error) {
    // What an interrupt broke off is not a failure.
    interrupts.check();
    throw error;
  } finally {
    lock.release();
  }
}

/** @param {Session} session */
async function withStack(session) {
  const { kind, settings, dataDir, lock, interrupts } = session;
  const startedAt = performance.now();
  const secrets = keptSecrets(dataDir);
  const stack = await bringUp({ dataDir, secrets }, kind.simulator);
  try {
    interrupts.check();
    const env = serverEnv(settings, secrets, stack);
    return await withServer(session, stack, env, startedAt);
  } finally {
    lock.markStopping();
    await stack.stop();
    say('Stopped.');
  }
}

/**
 * @param {Session} session
 * @param {import('./stack.mjs').Stack} stack
 * @param {NodeJS.ProcessEnv} env
 * @param {number} startedAt
 */
async function withServer(session, stack, env, startedAt) {
  const { kind, settings, dataDir, lock, interrupts } = session;
  const server = kind.startServer(env, settings);
  try {
    lock.addChild(server.pid);
    stack.follow(server.pid);
    const tenantId = await Promise.race([server.ready, interrupts.requested]);
    if (tenantId === undefined) return 0;
    const { origin } = settings;
    const facts = () => makeQuickstart({ origin, env, tenantId, stack, serverPid: server.pid });
    writeQuickstart(dataDir, facts());
    stack.keepUp(() => writeQuickstart(dataDir, facts()));
    const seconds = (performance.now() - startedAt) / 1000;
    process.stdout.write(
      await welcome(facts(), { hasSimulator: stack.simulatorUrl !== null, dataDir, seconds }),
    );
    return await untilEnd(server, interrupts);
  } finally {
    lock.markStopping();
    interrupts.onHurry(server.kill);
    await server.drain(settings.drainMs);
  }
}

/** @param {Server} server @param {import('./interrupts.mjs').Interrupts} interrupts */
async function untilEnd(server, interrupts) {
  const how = await Promise.race([server.ended, interrupts.requested]);
  if (how === undefined) {
    say('Draining; a second Ctrl-C breaks off what is still open.');
    return 0;
  }
  complain(`The server has ended by itself (${how}); stopping everything else.`);
  return 1;
}
