import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../helpers/free-port';
import { startIdentityHouses } from '../../helpers/identity-houses';
import { startWebhookReceiver } from '../../helpers/webhook-receiver';
import { startMailServer } from './mail-server';

const ROOT = path.resolve(import.meta.dirname, '../../..');
/** A first start may have to build. */
const READY_MS_MAX = 300_000;
const STOP_MS_MAX = 45_000;

/** Who is signed in at GitHub. */
const GRACE = { id: 7, name: 'Grace', email: 'grace@example.test', isConfirmed: true };

/** Starts the whole product as a user would, with data of its own, and stops it afterwards. */
export default async function startProduct(): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tallygate-e2e-'));
  const port = await freePort();
  const letters = path.join(dataDir, 'letters.jsonl');
  const mail = await startMailServer(letters);
  const hooks = await startWebhookReceiver();
  const houses = await startIdentityHouses();
  houses.state.person = GRACE;
  const calls = path.join(dataDir, 'webhooks.jsonl');
  appendFileSync(calls, '');
  hooks.onReceived = ({ body }) => appendFileSync(calls, `${body}\n`);
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: ROOT,
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      TALLYGATE_DATA_DIR: dataDir,
      SIGN_UP: 'open',
      TRIAL_CREDIT: '1000000000',
      SMTP_URL: mail.url,
      WEBHOOK_PRIVATE_HOSTS: hooks.host,
      ...houses.github,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collect(child);
  const quickstart = path.join(dataDir, 'quickstart.json');
  const stop = async () => {
    await end(child);
    await mail.stop();
    await hooks.close();
    await houses.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await until(() => existsSync(quickstart), child, output);
  } catch (error) {
    await stop();
    throw error;
  }
  process.env.E2E_QUICKSTART = quickstart;
  process.env.E2E_LETTERS = letters;
  process.env.E2E_WEBHOOKS = calls;
  process.env.E2E_WEBHOOK_URL = hooks.url;
  return stop;
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(-8_000);
    });
  }
  return () => text;
}

async function until(
  isReady: () => boolean,
  child: ChildProcess,
  output: () => string,
): Promise<void> {
  const giveUpAt = Date.now() + READY_MS_MAX;
  while (!isReady()) {
    if (child.exitCode !== null) throw new Error(`The product did not start:\n${output()}`);
    if (Date.now() > giveUpAt) throw new Error(`The product was not ready in time:\n${output()}`);
    await sleep(100);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = new AbortController();
  await Promise.race([
    exited,
    sleep(STOP_MS_MAX, undefined, { signal: timer.signal }).then(() => {
      child.kill('SIGKILL');
      throw new Error('The product did not stop on SIGTERM.');
    }),
  ]);
  timer.abort();
}
