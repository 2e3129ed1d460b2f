import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { LoadOptions } from './options';

/** An answer as its user saw it. */
export interface Answer {
  readonly apiKey: string;
  readonly traceId: string;
  /** What its header said, nano-USD; null: a stream, which has none. */
  readonly costNano: string | null;
}

export interface Seen {
  readonly answers: Answer[];
  readonly tookMs: number[];
  /** How often each status, or reason of none, came instead of an answer. */
  readonly errors: Map<string, number>;
}

/** Users who ask, read, think and ask again, plain and streamed in turn, until the time is over. */
export async function runUsers(
  origin: string,
  keys: readonly string[],
  { users, forMs, thinkMs, model }: LoadOptions,
  onProgress: (seen: Seen) => void,
): Promise<Seen> {
  const pool = new Pool(origin, { connections: users });
  const seen: Seen = { answers: [], tookMs: [], errors: new Map() };
  const until = Date.now() + forMs;
  const use = async (user: number) => {
    const apiKey = keys[user % keys.length] ?? '';
    // Users do not come in step.
    await sleep((user / users) * thinkMs);
    for (let turn = 0; Date.now() < until; turn += 1) {
      const content = `Question ${turn} of user ${user}.`;
      const isStream = (user + turn) % 2 === 0;
      await ask(pool, apiKey, { model, messages: [{ role: 'user', content }] }, isStream, seen);
      onProgress(seen);
      await sleep(thinkMs);
    }
  };
  await Promise.all(Array.from({ length: users }, (_, user) => use(user)));
  await pool.close();
  return seen;
}

async function ask(
  pool: Pool,
  apiKey: string,
  body: object,
  isStream: boolean,
  seen: Seen,
): Promise<void> {
  const begunMs = performance.now();
  try {
    const reply = await pool.request({
      method: 'POST',
      path: '/api/v1/chat/completions',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(isStream ? { ...body, stream: true } : body),
    });
    const text = await reply.body.text();
    if (reply.statusCode !== 200) return count(seen, `status ${reply.statusCode}`);
    if (!text.endsWith(isStream ? 'data: [DONE]\n\n' : '}')) return count(seen, 'cut short');
    seen.tookMs.push(performance.now() - begunMs);
    const costNano = reply.headers['x-tallygate-cost'];
    seen.answers.push({
      apiKey,
      traceId: String(reply.headers['x-trace-id']),
      costNano: typeof costNano === 'string' ? costNano : null,
    });
  } catch (error) {
    count(seen, error instanceof Error ? error.message : String(error));
  }
}

function count({ errors }: Seen, what: string): undefined {
  errors.set(what, (errors.get(what) ?? 0) + 1);
}
