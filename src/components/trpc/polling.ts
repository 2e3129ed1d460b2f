/** What the server drew into the page, or was asked for, so shortly ago is not asked for again at once. */
export const FRESH_MS = 1_000;

const AFTER_FAILURE_MS = 10_000;

interface Asked {
  readonly state: { readonly status: 'pending' | 'error' | 'success' };
}

/** How long until a query is asked again; not so soon where it failed, whatever it was. */
export const pollEvery =
  (everyMs: number) =>
  ({ state }: Asked): number =>
    state.status === 'error' ? Math.max(everyMs, AFTER_FAILURE_MS) : everyMs;
