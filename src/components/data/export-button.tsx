'use client';

import { Download, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useT } from '../i18n/provider';
import { Button } from '../ui/button';
import { formatBytes, formatCount } from '../ui/format';
import { toast } from '../ui/toast';
import { type CsvProgress, downloadCsv } from './csv-download';

interface ExportButtonProps {
  /** Of a route that `answerCsv` answers, with the filters as they are at the click. */
  readonly href: () => string;
  /** What the file is called before the day: "transactions". */
  readonly name: string;
}

/** Downloads what the filters let through as CSV; says how far it is, and can be stopped. */
export function ExportButton({ href, name }: ExportButtonProps) {
  const t = useT();
  const [progress, setProgress] = useState<CsvProgress | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const start = async () => {
    const stop = new AbortController();
    running.current = stop;
    setProgress({ rows: 0, bytes: 0 });
    const fileName = `${name}-${new Date().toISOString().slice(0, 10)}.csv`;
    try {
      const { rows } = await downloadCsv(href(), fileName, stop.signal, setProgress);
      toast.good(t('export.done', { rows: formatCount(rows) }));
    } catch {
      if (!stop.signal.aborted) toast.bad(t('export.failed'));
    } finally {
      setProgress(null);
    }
  };
  const isIdle = progress === null;
  const Icon = isIdle ? Download : X;
  // One button throughout: the focus stays on it when what it does changes.
  return (
    <div
      className={`flex items-center ${isIdle ? '' : 'rounded-md bg-surface pl-3.5 inset-ring inset-ring-line-strong'}`}
    >
      <span role="status" className="figures text-ink-2 text-sm">
        {isIdle
          ? null
          : t('export.progress', {
              rows: formatCount(progress.rows),
              size: formatBytes(progress.bytes),
            })}
      </span>
      <Button
        look={isIdle ? 'secondary' : 'quiet'}
        onClick={isIdle ? () => void start() : () => running.current?.abort()}
      >
        <Icon className="size-4" aria-hidden="true" />
        {t(isIdle ? 'export.start' : 'common.cancel')}
      </Button>
    </div>
  );
}
