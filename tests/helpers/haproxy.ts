import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { freePort } from './free-port';
import { until } from './until';

const CONFIG = path.join(import.meta.dirname, '../../deploy/haproxy.cfg');
/** Where Debian puts it, and an ordinary user's PATH does not look. */
const DEBIAN = '/usr/sbin/haproxy';

export interface TestProxy {
  readonly origin: string;
  readonly baseUrl: string;
  close(): Promise<void>;
}

/** A real HAProxy with the product's own configuration in front of two instances. */
export async function startHaproxy(one: string, two: string): Promise<TestProxy> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  let said = '';
  const child: ChildProcess = spawn(process.env.TEST_HAPROXY ?? DEBIAN, ['-f', CONFIG], {
    env: {
      NODE_ENV: 'test',
      PROXY_BIND: `127.0.0.1:${port}`,
      INSTANCE_ONE: new URL(one).host,
      INSTANCE_TWO: new URL(two).host,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('exit', () => resolve());
    child.once('error', reject);
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      said += piece;
    });
  }
  const close = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const answers = async () => {
    if (child.exitCode !== null) throw new Error(`HAProxy ended at once:\n${said}`);
    const reply = await fetch(`${origin}/api/health/ready`).catch(() => null);
    return reply?.ok === true;
  };
  try {
    await until('HAProxy to lead to an instance', answers);
  } catch (error) {
    await close();
    throw error;
  }
  return { origin, baseUrl: `${origin}/api/v1`, close };
}
