'use client';

import { useEffect, useState, useSyncExternalStore } from 'react';

/** Code that no first view needs: loaded once, when it is first wanted. */
export interface OnDemand<Parts> {
  /** Null until it is loaded. */
  now(): Parts | null;
  /** Rejects when it cannot be loaded; the next call tries again. */
  load(): Promise<Parts>;
  subscribe(onLoad: () => void): () => void;
}

export function onDemand<Parts>(fetchParts: () => Promise<Parts>): OnDemand<Parts> {
  let parts: Parts | null = null;
  let underWay: Promise<Parts> | null = null;
  const listeners = new Set<() => void>();
  const load = async () => {
    try {
      parts = await fetchParts();
    } finally {
      underWay = null;
    }
    for (const tell of listeners) tell();
    return parts;
  };
  return {
    now: () => parts,
    load: () => {
      underWay ??= load();
      return underWay;
    },
    subscribe: (onLoad) => {
      listeners.add(onLoad);
      return () => listeners.delete(onLoad);
    },
  };
}

const nothing = (): null => null;

/** The parts once they are there; loads them when they are wanted. A failure is the page's to show. */
export function useOnDemand<Parts>(source: OnDemand<Parts>, isWanted: boolean): Parts | null {
  const parts = useSyncExternalStore(source.subscribe, source.now, nothing);
  const [failure, setFailure] = useState<{ readonly cause: unknown } | null>(null);
  useEffect(() => {
    if (!isWanted || parts !== null) return;
    source.load().catch((cause: unknown) => setFailure({ cause }));
  }, [source, isWanted, parts]);
  if (failure !== null) throw failure.cause;
  return parts;
}
