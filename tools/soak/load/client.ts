import { connect } from 'node:net';
import type { Pool } from 'undici';
import type { Ask, Outcome } from './asks';

const REPLY_MS_MAX = 90_000;
const DONE = 'data: [DONE]\n\n';

/** Sends a request and reads what comes. Never throws: however it ends is its outcome. */
export async function send(pool: Pool, port: number, ask: Ask): Promise<Outcome> {
  if (ask.method === 'POST' && ask.body === null) return await sendHead(port, ask);
  const leavesAfterMs = typeof ask.leaves === 'number' ? ask.leaves : null;
  const leaving = new AbortController();
  const timer = setTimeout(() => leaving.abort(), leavesAfterMs ?? REPLY_MS_MAX);
  try {
    const { method, path, headers, body } = ask;
    const reply = await pool.request({ method, path, headers, body, signal: leaving.signal });
    if (reply.statusCode !== 200) {
      await reply.body.dump();
      return `${reply.statusCode}`;
    }
    const isReplay = reply.headers['idempotent-replayed'] === 'true';
    const isStream = String(reply.headers['content-type']).startsWith('text/event-stream');
    let end = '';
    for await (const piece of reply.body) {
      if (ask.leaves === 'mid-stream') return 'left';
      end = (end + String(piece)).slice(-DONE.length);
    }
    if (isStream && end !== DONE) return 'broken';
    return isReplay ? 'replayed' : 'whole';
  } catch {
    return leavesAfterMs !== null && leaving.signal.aborted ? 'left' : 'broken';
  } finally {
    clearTimeout(timer);
  }
}

/** Only the head: what it announces is more than anyone would send. */
function sendHead(port: number, { method, path, headers }: Ask): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.setTimeout(REPLY_MS_MAX, () => socket.destroy());
    socket.once('error', () => socket.destroy());
    socket.once('close', () => resolve('broken'));
    socket.once('data', (bytes) => {
      const status = /^HTTP\/1\.1 (\d{3})/.exec(String(bytes))?.[1];
      resolve(status === undefined ? 'broken' : `${Number(status)}`);
      socket.destroy();
    });
    socket.write(`${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('')}\r\n`);
  });
}
