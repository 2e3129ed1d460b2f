'use client';

import { useT } from '@/components/i18n/provider';

interface ModelChoiceProps {
  readonly models: readonly string[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}

/** Which models a key may use; one that left the catalogue stays in sight while it is chosen. */
export function ModelChoice({ models, chosen, onChange }: ModelChoiceProps) {
  const t = useT();
  const all = [...models, ...chosen.filter((model) => !models.includes(model))];
  const toggle = (model: string) =>
    onChange(
      chosen.includes(model) ? chosen.filter((other) => other !== model) : [...chosen, model],
    );
  return (
    <fieldset>
      <legend className="font-medium">{t('keys.allowedModels')}</legend>
      <p className="mt-0.5 text-ink-2 text-sm">{t('keys.allowedModelsHint')}</p>
      <div className="mt-2 max-h-44 overflow-y-auto rounded-md border border-line-strong p-1">
        {all.map((model) => (
          <label
            key={model}
            className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-sm px-2 hover:bg-sunken sm:min-h-8"
          >
            <input
              type="checkbox"
              checked={chosen.includes(model)}
              onChange={() => toggle(model)}
              className="size-4 shrink-0 accent-accent"
            />
            <span className="min-w-0 break-all font-mono text-sm">{model}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
