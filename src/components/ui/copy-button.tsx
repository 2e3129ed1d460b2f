'use client';

import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useT } from '../i18n/provider';
import { IconButton } from './button';

const SHOWN_MS = 1_500;

export function CopyButton(props: { text: string; label?: string; className?: string }) {
  const t = useT();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(props.text);
      setCopied(true);
    } catch {
      // Without permission, or on plain http beyond localhost, there is no clipboard.
      setCopied(false);
    }
  };
  const label = copied ? t('common.copied') : (props.label ?? t('common.copy'));
  return (
    <IconButton label={label} onClick={copy} className={props.className ?? ''}>
      {copied ? (
        <Check className="size-4 text-accent" aria-hidden="true" />
      ) : (
        <Copy className="size-4" aria-hidden="true" />
      )}
    </IconButton>
  );
}
