/** The moments of the money protocol at which a test may let the process die, in their order. */
export const FAILPOINTS = [
  'hold_placed',
  'row_opened',
  'before_purchase',
  'upstream_failed',
  'plain_answered',
  'stream_delivered',
  'hold_raised',
  'slab_checkpointed',
  'answer_stored',
  'deducted',
  'booked',
  'spooled',
  'folded',
  'sweep_found',
  'replayed',
] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

type Reached = (at: Failpoint) => void | Promise<void>;

let reached: Reached | null = null;

/** Tells that the protocol has come to a moment. Costs a look at a variable unless a test listens. */
export const failpoint = (at: Failpoint): void | Promise<void> => reached?.(at);

/** Listens to every moment; null listens no more. */
export function onFailpoint(listener: Reached | null): void {
  reached = listener;
}

const SPEC = /^([a-z_]+)(?:@([1-9]\d*))?=(kill|stop)$/;

/** Whether a text is `name=kill`, `name=stop` or `name@3=kill`, the third time it is reached. */
export const isFailpointSpec = (spec: string): boolean =>
  FAILPOINTS.some((known) => known === SPEC.exec(spec)?.[1]);

/** Lets this very process be killed or stopped where a well-formed spec says. */
export function armFailpoint(spec: string): void {
  const [, name, nth = '1', action] = SPEC.exec(spec) ?? [];
  let left = Number(nth);
  onFailpoint((at) => {
    if (at !== name) return;
    left -= 1;
    if (left !== 0) return;
    process.kill(process.pid, action === 'stop' ? 'SIGSTOP' : 'SIGKILL');
    // The signal is on its way; nothing more may happen before it arrives.
    return new Promise((resolve) => {
      setTimeout(resolve, action === 'stop' ? 50 : 60_000);
    });
  });
}
