'use client';

import { KeyRound } from 'lucide-react';
import { useT } from '@/components/i18n/provider';
import { Button } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { CopyButton } from '@/components/ui/copy-button';
import { DialogActions } from '@/components/ui/dialog';
import { Tabs } from '@/components/ui/tabs';
import { curl, python, type Target, typescript, variables } from './snippets';

/** The key, this once, and how to use it at once. */
export function KeyShown({ target, onDone }: { target: Target; onDone: () => void }) {
  const t = useT();
  const { model } = target;
  const tabs = [
    {
      value: 'variables',
      label: t('keys.variables'),
      code: variables,
      hint: t('keys.variablesHint'),
    },
    { value: 'curl', label: 'curl', code: curl, hint: t('keys.curlHint', { model }) },
    {
      value: 'python',
      label: 'Python',
      code: python,
      hint: t('keys.snippetHint', { model, install: 'pip install openai' }),
    },
    {
      value: 'typescript',
      label: 'TypeScript',
      code: typescript,
      hint: t('keys.snippetHint', { model, install: 'npm install openai' }),
    },
  ];
  return (
    <>
      <div className="flex items-center gap-2 rounded-md border border-accent bg-accent-soft py-1.5 pr-1.5 pl-3">
        <KeyRound className="size-4 shrink-0 text-accent-strong" aria-hidden="true" />
        <code data-testid="new-key" className="min-w-0 flex-1 break-all font-mono text-sm">
          {target.apiKey}
        </code>
        <CopyButton text={target.apiKey} label={t('keys.copyKey')} />
      </div>
      <h3 className="mt-6 mb-1 font-semibold">{t('keys.useIt')}</h3>
      <Tabs
        label={t('keys.useIt')}
        tabs={tabs.map(({ code, hint, ...tab }) => ({
          ...tab,
          content: <Snippet code={code(target)} hint={hint} />,
        }))}
      />
      <DialogActions>
        <Button look="primary" onClick={onDone}>
          {t('keys.done')}
        </Button>
      </DialogActions>
    </>
  );
}

function Snippet({ code, hint }: { code: string; hint: string }) {
  return (
    <>
      <p className="text-ink-2 text-sm">{hint}</p>
      <div className="mt-2">
        <CodeBlock code={code} />
      </div>
    </>
  );
}
