import type { Metadata } from 'next';
import { requestPreferences } from '@/app/preferences';
import { Wordmark } from '@/components/brand/logo';
import { Preferences } from '@/components/shell/preferences';
import { Card } from '@/components/ui/card';
import { openApiDocument } from '@/server/api/openapi/document';
import { ERROR_MEANINGS, REPLY_HEADERS } from '@/server/api/openapi/meanings';
import { ERROR_CODES } from '@/server/domain/errors';
import { OperationCard } from './operation-card';
import { Row, Table } from './table';

export const metadata: Metadata = { title: 'API reference' };

const apiReference = openApiDocument();
const operations = Object.entries(apiReference.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ method, path, operation })),
);

const errors = Object.entries(ERROR_MEANINGS).map(([code, meaning]) => ({
  code,
  meaning,
  status: Object.entries(ERROR_CODES).find(([name]) => name === code)?.[1].status,
}));

/** The reference: everybody may read it, signed in or not. */
export default async function DocsPage() {
  const { theme } = await requestPreferences();
  return (
    <div className="mx-auto max-w-4xl px-4 py-5 sm:px-8" lang="en">
      <header className="flex items-center justify-between">
        <a href="/" className="inline-flex rounded-sm" aria-label="Tallygate">
          <Wordmark />
        </a>
        <Preferences theme={theme} />
      </header>
      <main className="py-10">
        <h1 className="font-semibold text-2xl">API reference</h1>
        <p className="mt-2 max-w-2xl text-ink-2 text-lg">{apiReference.info.description}</p>
        <p className="mt-2 text-ink-2">
          The same as a document for tools:{' '}
          <a className="text-accent underline" href="/api/openapi.json">
            openapi.json
          </a>
        </p>
        {apiReference.tags.map(({ name, description }) => (
          <Section key={name} title={name} lead={description}>
            {operations
              .filter(({ operation }) => operation.tags.includes(name))
              .map((one) => (
                <OperationCard key={one.operation.operationId} {...one} />
              ))}
          </Section>
        ))}
        <Section title="Headers of replies" lead="On /api/v1. Money is in nano-USD.">
          <TableCard head={['Header', 'Meaning']} label="Headers of replies">
            {REPLY_HEADERS.map(([name, meaning]) => (
              <Row key={name} name={name}>
                {[meaning]}
              </Row>
            ))}
          </TableCard>
        </Section>
        <Section
          title="Errors"
          lead='OpenAI’s shape: {"error": {"message", "type", "param", "code"}}. Programs go by code.'
        >
          <TableCard head={['Code', 'Status', 'Meaning']} label="Errors">
            {errors.map(({ code, status, meaning }) => (
              <Row key={code} name={code}>
                {[status, meaning]}
              </Row>
            ))}
          </TableCard>
        </Section>
      </main>
    </div>
  );
}

function Section(props: { title: string; lead: string; children: React.ReactNode }) {
  return (
    <section className="mt-12">
      <h2 className="font-semibold text-xl">{props.title}</h2>
      <p className="mt-1 text-ink-2">{props.lead}</p>
      <div className="mt-4 grid min-w-0 grid-cols-1 gap-4">{props.children}</div>
    </section>
  );
}

function TableCard(props: { head: readonly string[]; label: string; children: React.ReactNode }) {
  return (
    <Card>
      <div className="px-4 py-2 sm:px-5">
        <Table head={props.head} label={props.label}>
          {props.children}
        </Table>
      </div>
    </Card>
  );
}
