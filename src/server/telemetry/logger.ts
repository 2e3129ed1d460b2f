import pino, { type Logger } from 'pino';

export type { Logger };

/** JSON lines on standard output. Keys, prompts and completions are never handed to it. */
export const createLogger = (level: string): Logger =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
