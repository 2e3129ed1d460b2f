'use client';

import { useState } from 'react';
import { useT } from '../i18n/provider';
import { Card, CardHeader } from '../ui/card';
import { CodeBlock } from '../ui/code-block';
import { CopyButton } from '../ui/copy-button';
import { Segmented } from '../ui/segmented';

const LANGUAGES = [
  { value: 'curl', label: 'curl' },
  { value: 'javascript', label: 'JavaScript' },
  { value: 'python', label: 'Python' },
] as const;
type Language = (typeof LANGUAGES)[number]['value'];

const EXAMPLES: Readonly<Record<Language, (baseUrl: string, model: string) => string>> = {
  curl: (baseUrl, model) => `curl -N ${baseUrl}/chat/completions \\
  -H "Authorization: Bearer $TALLYGATE_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model":"${model}","stream":true,
       "messages":[{"role":"user","content":"Hello!"}]}'`,
  javascript: (baseUrl, model) => `import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: '${baseUrl}',
  apiKey: process.env.TALLYGATE_API_KEY,
});
const stream = await client.chat.completions.create({
  model: '${model}',
  stream: true,
  messages: [{ role: 'user', content: 'Hello!' }],
});
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta.content ?? '');
}`,
  python: (baseUrl, model) => `import os
from openai import OpenAI

client = OpenAI(
    base_url="${baseUrl}",
    api_key=os.environ["TALLYGATE_API_KEY"],
)
stream = client.chat.completions.create(
    model="${model}",
    stream=True,
    messages=[{"role": "user", "content": "Hello!"}],
)
for chunk in stream:
    print(chunk.choices[0].delta.content or "", end="")`,
};

/** The first request, ready to paste. It names where the key goes and never holds one. */
export function QuickStart({ baseUrl, model }: { baseUrl: string; model: string }) {
  const t = useT();
  const [language, setLanguage] = useState<Language>('curl');
  const example = EXAMPLES[language](baseUrl, model);
  return (
    <Card>
      <CardHeader title={t('start.title')}>
        <Segmented
          label={t('start.language')}
          options={LANGUAGES}
          value={language}
          onChange={setLanguage}
        />
      </CardHeader>
      <div className="p-4 sm:p-5">
        <p className="text-ink-2">{t('start.lead')}</p>
        <dl className="mt-3 flex flex-wrap items-center gap-x-3">
          <dt className="text-ink-2">{t('start.baseUrl')}</dt>
          <dd className="flex min-w-0 items-center">
            <code className="truncate font-mono text-sm">{baseUrl}</code>
            <CopyButton text={baseUrl} />
          </dd>
        </dl>
        <div className="mt-3">
          <CodeBlock code={example} />
        </div>
        <p className="mt-3 text-ink-2 text-sm">{t('start.keyNote')}</p>
      </div>
    </Card>
  );
}
