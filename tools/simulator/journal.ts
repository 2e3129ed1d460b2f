import { appendFileSync } from 'node:fs';
import type { Exchange } from './exchange';

/** Writes down each answer that was begun and how it ended, in a way that outlives a kill. */
export interface Journal {
  /** An answer of so many output tokens is being given from now on. */
  begin(exchange: Exchange, user: string | null, tokens: number): void;
}

/** Appends JSON lines to a file: `begin` with the caller's trace, later `end` with what was sent. */
export function openJournal(file: string): Journal {
  let count = 0;
  const append = (line: object) => appendFileSync(file, `${JSON.stringify(line)}\n`);
  return {
    begin(exchange, user, tokens) {
      count += 1;
      const id = `${process.pid}-${count}`;
      const { record, res } = exchange;
      const trace = record.traceHeaders['x-request-id'] ?? null;
      append({
        event: 'begin',
        id,
        atMs: Date.now(),
        trace,
        user,
        isStream: record.stream,
        tokens,
      });
      res.once('close', () => {
        const { outcome, sentTokens } = record;
        append({ event: 'end', id, atMs: Date.now(), outcome, sentTokens });
      });
    },
  };
}
