import type { MessageKey, Translate } from '@/messages';

type Word = Extract<MessageKey, `receipt.${'finish' | 'source'}.${string}`>;

const FINISHES: Readonly<Record<string, Word>> = {
  complete: 'receipt.finish.complete',
  client_closed: 'receipt.finish.client_closed',
  upstream_broke: 'receipt.finish.upstream_broke',
  cut_off: 'receipt.finish.cut_off',
  lease_expired: 'receipt.finish.lease_expired',
  upstream_error: 'receipt.finish.upstream_error',
  upstream_timeout: 'receipt.finish.upstream_timeout',
  no_healthy_upstream: 'receipt.finish.no_healthy_upstream',
  internal_error: 'receipt.finish.internal_error',
};
const SOURCES: Readonly<Record<string, Word>> = {
  upstream: 'receipt.source.upstream',
  counted: 'receipt.source.counted',
  counted_nearest: 'receipt.source.counted_nearest',
  checkpoint: 'receipt.source.checkpoint',
};

/** How a request ended; a code that has no words here is shown as it is. */
export const finishText = (finish: string | null, t: Translate) => worded(FINISHES, finish, t);
/** Where the figures of tokens come from. */
export const sourceText = (source: string | null, t: Translate) => worded(SOURCES, source, t);

function worded(words: Readonly<Record<string, Word>>, code: string | null, t: Translate) {
  if (code === null) return null;
  const key = words[code];
  return key === undefined ? code : t(key);
}
