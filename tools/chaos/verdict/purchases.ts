import { byTrace, type Evidence } from './evidence';

/**
 * A: one effect per trace. A trace is bought once for each attempt that its row has had, never again
 * once a client has its whole answer, and at most one whole answer is delivered that is no replay.
 */
export function purchaseFaults({ seen, rows, purchases }: Evidence): string[] {
  const faults: string[] = [];
  const rowsByTrace = byTrace(rows);
  const seenByTrace = byTrace(seen);
  for (const [name, bought] of byTrace(purchases)) {
    const row = rowsByTrace.get(name)?.[0];
    const attempts = row?.attempt ?? 1;
    if (bought.length > attempts) {
      faults.push(`A: ${name} was bought ${bought.length} times in ${attempts} attempts`);
    }
    const whole = (seenByTrace.get(name) ?? []).filter(({ what }) => what === 'complete');
    const doneAtMs = Math.min(...whole.map(({ endedAtMs }) => endedAtMs));
    if (bought.some(({ atMs }) => atMs > doneAtMs)) {
      faults.push(`A: ${name} was bought again after its whole answer had been delivered`);
    }
    const committedAtMs = row?.committedAtMs ?? Number.POSITIVE_INFINITY;
    if (bought.some(({ atMs }) => atMs > committedAtMs)) {
      faults.push(`A: ${name} was bought again after it had been charged`);
    }
  }
  for (const [name, answers] of seenByTrace) {
    const whole = answers.filter(({ what, traceId }) => what === 'complete' && traceId !== null);
    if (whole.length > 1) {
      faults.push(`A: ${name} was delivered whole ${whole.length} times, not as a replay`);
    }
  }
  return faults;
}
