export interface Progress {
  /** So many are done by now; shows it, not more often than is good for a reader. */
  at(done: number): void;
  /** Takes the line off the terminal, so that something else can be said there. */
  clear(): void;
}

interface Options {
  readonly what: string;
  readonly total: number;
  /** What was done before: it counts as done, but not for the rate. */
  readonly from?: number;
  readonly out?: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly now?: () => number;
}

const TERMINAL_EVERY_MS = 200;
const LOG_EVERY_MS = 10_000;

/** Done of total, rate and time left: one line kept new on a terminal, a line now and then elsewhere. */
export function createProgress(options: Options): Progress {
  const { what, total, from = 0, out = process.stderr, now = () => performance.now() } = options;
  const startedMs = now();
  let toldMs = out.isTTY ? 0 : startedMs;
  const say = (done: number) => {
    const line = progressLine(what, { done, total, from, tookMs: now() - startedMs });
    out.write(out.isTTY ? `\r\u001b[2K${line}` : `${line}\n`);
  };
  return {
    at(done) {
      if (now() - toldMs < (out.isTTY ? TERMINAL_EVERY_MS : LOG_EVERY_MS)) return;
      toldMs = now();
      say(done);
    },
    clear() {
      if (out.isTTY) out.write('\r\u001b[2K');
    },
  };
}

interface State {
  readonly done: number;
  readonly total: number;
  readonly from: number;
  readonly tookMs: number;
}

/** `12,000 of 100,000 tenants (12 %), 800/s, 1 min 50 s left`. */
export function progressLine(what: string, { done, total, from, tookMs }: State): string {
  const share = total === 0 ? 100 : Math.floor((done / total) * 100);
  const rate = tookMs === 0 ? 0 : ((done - from) / tookMs) * 1_000;
  const left = rate === 0 ? '' : `, ${duration((total - done) / rate)} left`;
  const perSecond = rate < 10 ? rate.toFixed(1) : grouped(rate);
  return `${grouped(done)} of ${grouped(total)} ${what} (${share} %), ${perSecond}/s${left}`;
}

const grouped = (value: number): string => Math.round(value).toLocaleString('en-US');

function duration(seconds: number): string {
  const whole = Math.max(Math.round(seconds), 0);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}
