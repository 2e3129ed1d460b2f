'use client';

import { Search } from 'lucide-react';
import { useEffect, useEffectEvent, useState } from 'react';
import { isTraceId } from '@/server/domain/id-text';
import { useT } from '../i18n/provider';
import { Dialog } from '../ui/dialog';
import { onDemand, useOnDemand } from '../ui/on-demand';

const forms = onDemand(() => import('./trace-search-form'));

/** Shorter words are pasted by mistake more often than they are trace ids. */
const PASTED_LENGTH_MIN = 8;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest('input, textarea, select, [contenteditable]') !== null;
/** One that is on its way out is none any more. */
const isOverPage = (): boolean => document.querySelector('[role$="dialog"][data-open]') !== null;

/**
 * Leads from a trace id to its receipt, on every page: by the button, by `/` or Ctrl-K, or by pasting
 * one anywhere.
 */
export function TraceSearch({ className }: { className: string }) {
  const t = useT();
  const [text, setText] = useState<string | null>(null);
  const parts = useOnDemand(forms, text !== null);
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const isHotKey =
      (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) ||
      (event.key === '/' && !event.ctrlKey && !event.metaKey && !isTyping(event.target));
    if (!isHotKey || isOverPage()) return;
    event.preventDefault();
    setText('');
  });
  const onPaste = useEffectEvent((event: ClipboardEvent) => {
    if (isTyping(event.target) || isOverPage()) return;
    const pasted = event.clipboardData?.getData('text/plain').trim() ?? '';
    if (pasted.length >= PASTED_LENGTH_MIN && isTraceId(pasted)) setText(pasted);
  });
  useEffect(() => {
    document.addEventListener('keydown', onKey);
    document.addEventListener('paste', onPaste);
    return () => {
      document.removeEventListener('keydown', onKey);
      document.removeEventListener('paste', onPaste);
    };
  }, []);
  return (
    <>
      <button
        type="button"
        aria-keyshortcuts="/ Control+K Meta+K"
        onClick={() => setText('')}
        className={className}
      >
        <Search className="size-4 shrink-0" aria-hidden="true" />
        <span className="min-w-0 flex-1 truncate text-left max-md:sr-only">{t('find.open')}</span>
        <span
          aria-hidden="true"
          className="rounded-sm border border-line-strong px-1.5 font-sans text-ink-3 text-xs max-md:hidden"
        >
          /
        </span>
      </button>
      <Dialog
        title={t('find.title')}
        lead={t('find.lead')}
        open={text !== null}
        onOpenChange={(isOpen) => setText(isOpen ? '' : null)}
      >
        {text === null || parts === null ? null : (
          <parts.TraceSearchForm pasted={text} onFound={() => setText(null)} />
        )}
      </Dialog>
    </>
  );
}
