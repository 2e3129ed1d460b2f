import pino, { type DestinationStream, type Logger } from 'pino';
import { briefError } from './brief-error';

export type { Logger };

/** What has gathered to so much is written at once. */
const GATHERED_UNITS_MAX = 8 * 1024;

/**
 * JSON lines on standard output. Keys, prompts and completions are never handed to it; an error goes by
 * `err`, and all that is written of it is where it came from: the driver's quote the values of a query.
 */
export const createLogger = (level: string): Logger =>
  pino({ level, base: null, timestamp: isoTime, serializers: { err: briefError } }, onceATurn());

/**
 * The lines of one turn of the event loop leave in one write at its end, and at the process's exit: a
 * system call for each request is a twentieth of its cost. A kill -9 takes the lines of its turn along.
 */
function onceATurn(): DestinationStream {
  let out: DestinationStream | null = null;
  let gathered = '';
  let isDue = false;
  // Not sonic-boom's own flushSync: it waits for the disk as well.
  const flush = () => {
    isDue = false;
    if (gathered === '') return;
    const lines = gathered;
    gathered = '';
    out?.write(lines);
  };
  const open = () => {
    process.once('exit', flush);
    return pino.destination({ dest: 1, sync: true });
  };
  return {
    write(line) {
      out ??= open();
      gathered += line;
      if (gathered.length >= GATHERED_UNITS_MAX) return flush();
      if (isDue) return;
      isDue = true;
      setImmediate(flush);
    },
  };
}

let second = Number.NaN;
let secondText = '';

/** The time as a member of a line: `,"time":"2026-11-26T10:00:00.123Z"`. */
function isoTime(): string {
  const now = Date.now();
  const ms = now % 1000;
  if (now - ms !== second) {
    second = now - ms;
    secondText = new Date(second).toISOString().slice(0, -4);
  }
  return `,"time":"${secondText}${String(ms).padStart(3, '0')}Z"`;
}
