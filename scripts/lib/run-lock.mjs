// @ts-check
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writePrivately } from './data-dir.mjs';
import { codeOf, Refusal, say } from './messages.mjs';
import { endProcess, identify, isSame } from './processes.mjs';

/** @typedef {import('./processes.mjs').ProcessIdentity} ProcessIdentity */
/** @typedef {{ owner: ProcessIdentity, isStopping: boolean, children: ProcessIdentity[] }} Holder */
/**
 * @typedef {object} RunLock
 * @property {(pid: number) => void} addChild names a process that must not outlive us by much
 * @property {() => void} markStopping lets the next start wait for us instead of giving up
 * @property {() => void} release
 */

/** How long a start that has lost its npm may take to notice and say that it is stopping. */
const NOTICE_MS = 2_000;
const STOP_MARGIN_MS = 40_000;

/**
 * One start at a time in a data folder. What a killed start left running is ended first; one that is
 * just stopping is waited for. Refuses with a sentence while another one runs.
 * @param {string} dataDir
 * @param {number} drainMs
 * @returns {Promise<RunLock>}
 */
export async function takeRunLock(dataDir, drainMs) {
  const file = path.join(dataDir, 'lock');
  const owner = identify(process.pid);
  if (owner === null) throw new Error('we are not running');
  /** @type {Holder} */
  const mine = { owner, isStopping: false, children: [] };
  while (!tryWriting(file, mine)) {
    const holder = await read(file);
    if (holder && isSame(holder.owner)) await waitFor(file, holder, drainMs);
    else await clean(file, holder, drainMs);
  }
  const update = () => writePrivately(file, mine);
  return {
    addChild: (pid) => {
      const child = identify(pid);
      if (child) mine.children = [...mine.children.filter(isSame), child];
      update();
    },
    markStopping: () => {
      mine.isStopping = true;
      try {
        update();
      } catch {
        // The next start then gives up instead of waiting; that must not keep us from stopping.
      }
    },
    release: () => rmSync(file, { force: true }),
  };
}

/** @param {string} file @param {Holder} holder */
function tryWriting(file, holder) {
  try {
    writeFileSync(file, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} file @returns {Promise<Holder | null>} null: none, or a broken one */
async function read(file) {
  for (const waitMs of [100, 200, 0]) {
    try {
      return JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      // It may be being written this very moment.
      await sleep(waitMs);
    }
  }
  return null;
}

/** @param {string} file @param {Holder} holder @param {number} drainMs */
async function waitFor(file, holder, drainMs) {
  const { pid } = holder.owner;
  let deadline = Date.now() + NOTICE_MS;
  for (let said = false; Date.now() < deadline; await sleep(100)) {
    if (!isSame(holder.owner)) return;
    if (said || !(await read(file))?.isStopping) continue;
    said = true;
    deadline = Date.now() + drainMs + STOP_MARGIN_MS;
    say(`An earlier start (pid ${pid}) is still stopping; waiting for it …`);
  }
  throw new Refusal(
    `Tallygate already runs in ${path.dirname(file)} (pid ${pid}); stop it first, or set TALLYGATE_DATA_DIR and PORT.`,
  );
}

/** @param {string} file @param {Holder | null} holder @param {number} drainMs */
async function clean(file, holder, drainMs) {
  const left = (holder?.children ?? []).filter(isSame);
  if (left.length > 0) say('A killed start left processes behind; ending them …');
  const steps = /** @type {const} */ ([
    ['SIGTERM', drainMs + 5_000],
    ['SIGKILL', 2_000],
  ]);
  await Promise.all(left.map(({ pid }) => endProcess(pid, steps)));
  const now = await read(file);
  if (now === null || !isSame(now.owner)) rmSync(file, { force: true });
}
