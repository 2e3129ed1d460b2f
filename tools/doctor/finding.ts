/** ok: as it should be; warn: works, but not for long or not safely; fail: does not work, or loses something. */
export type Verdict = 'ok' | 'warn' | 'fail';

export interface Finding {
  readonly area: string;
  readonly verdict: Verdict;
  readonly says: string;
  /** What to do about it; absent where all is well. */
  readonly mend?: string;
}

export interface Reporter {
  ok(says: string): Finding;
  warn(says: string, mend: string): Finding;
  fail(says: string, mend: string): Finding;
}

/** Findings of one area. */
export const reporter = (area: string): Reporter => ({
  ok: (says) => ({ area, verdict: 'ok', says }),
  warn: (says, mend) => ({ area, verdict: 'warn', says, mend }),
  fail: (says, mend) => ({ area, verdict: 'fail', says, mend }),
});

/** Drivers leave the message empty where several addresses of a host failed. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}
