import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';

/** What Next does after a reply in the context of its request has this long. */
const QUIET_MS = 1_000;
/** From here on Node keeps contexts without hooks. */
const WITHOUT_HOOKS_MAJOR = 24;

/** Keeps Next's contexts open only while a request of Next's is under way. */
export interface NextContexts {
  /**
   * Next has begun to serve a request: its contexts stay open until that is over and the reply is done,
   * and a moment longer. Where the client leaves, the reply is done long before the work for it may be.
   */
  follow(res: ServerResponse, served: Promise<void>): void;
}

/**
 * A context that Next opens with its first request puts hooks on every promise of the process on Node
 * 20 and 22, also of those that are the gateway's alone. Has to run before Next is loaded, which takes
 * the class for its contexts from the global scope.
 */
export function closeNextContextsWhenIdle(node: string = process.versions.node): NextContexts {
  if (Number.parseInt(node, 10) >= WITHOUT_HOOKS_MAJOR) return { follow: () => undefined };
  const contexts = new Set<AsyncLocalStorage<unknown>>();
  class NextContext<T> extends AsyncLocalStorage<T> {
    constructor() {
      super();
      contexts.add(this);
    }
  }
  Object.assign(globalThis, { AsyncLocalStorage: NextContext });
  const close = () => {
    for (const context of contexts) context.disable();
  };
  let underWay = 0;
  let closing: NodeJS.Timeout | undefined;
  return {
    follow(res, served) {
      underWay += 1;
      clearTimeout(closing);
      const done = new Promise<void>((resolve) => {
        res.once('close', resolve);
      });
      void Promise.allSettled([done, served]).then(() => {
        underWay -= 1;
        if (underWay === 0) closing = setTimeout(close, QUIET_MS).unref();
      });
    },
  };
}
