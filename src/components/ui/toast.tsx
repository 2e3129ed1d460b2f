'use client';

import { onDemand, useOnDemand } from './on-demand';
import type { ToastEntry } from './toast-region';

const regions = onDemand(() => import('./toast-region'));

/** Those that came before there was a place to show them. */
const waiting: ToastEntry[] = [];
let show: (entry: ToastEntry) => void = (entry) => {
  waiting.push(entry);
  void regions.load();
};

function onReady(showNow: (entry: ToastEntry) => void): void {
  show = showNow;
  for (const entry of waiting.splice(0)) showNow(entry);
}

/** Says how something went; from anywhere in a page whose layout draws `Toasts`. */
export const toast = {
  good: (text: string): void => show({ type: 'good', title: text }),
  /** Stays until it is closed, and interrupts a screen reader. */
  bad: (text: string): void => show({ type: 'bad', title: text, priority: 'high', timeout: 0 }),
};

/** Where toasts appear: over the page's end; F6 moves the focus there. */
export function Toasts() {
  const parts = useOnDemand(regions, false);
  return parts === null ? null : <parts.ToastRegion onReady={onReady} />;
}
