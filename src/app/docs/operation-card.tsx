import { Badge } from '@/components/ui/badge';
import { Card } from '@/components/ui/card';
import type { JsonSchema } from '@/server/api/openapi/schema';
import type { Operation } from '@/server/api/openapi/types';
import { type Field, fieldsOf, schemaText } from './schema-text';
import { Row, Table } from './table';

const JSON_TYPE = 'application/json';

interface Props {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** One request: what it takes and what comes back. */
export function OperationCard({ method, path, operation }: Props) {
  const parameters = operation.parameters.map((parameter) => ({
    name: parameter.name,
    type: `${schemaText(parameter.schema)}, in the ${parameter.in}`,
    isRequired: parameter.required,
    description: parameter.description ?? '',
  }));
  const body = operation.requestBody?.content[JSON_TYPE]?.schema;
  return (
    <Card className="scroll-mt-6">
      <article id={operation.operationId} className="px-4 py-4 sm:px-5">
        <h3 className="flex flex-wrap items-center gap-x-3 gap-y-1 font-mono">
          <Badge tone={method === 'get' ? 'muted' : method === 'delete' ? 'bad' : 'good'}>
            {method.toUpperCase()}
          </Badge>
          <span className="min-w-0 break-all">{path}</span>
        </h3>
        <p className="mt-2">{operation.summary}</p>
        {operation.description === undefined ? null : (
          <p className="mt-1 text-ink-2">{operation.description}</p>
        )}
        <Fields title="Parameters" fields={parameters} />
        {body === undefined ? null : <Fields title="Body" fields={fieldsOf(body)} />}
        <Replies operation={operation} />
      </article>
    </Card>
  );
}

function Fields({ title, fields }: { title: string; fields: readonly Field[] }) {
  if (fields.length === 0) return null;
  return (
    <div className="mt-4">
      <h4 className="font-medium text-ink-2 text-sm">{title}</h4>
      <Table head={['Name', 'Type', 'Meaning']} label={title}>
        {fields.map(({ name, type, isRequired, description }) => (
          <Row key={name} name={name}>
            {[
              <span key="type" className="break-words font-mono text-xs">
                {type}
              </span>,
              <span key="meaning">
                {isRequired ? 'Required. ' : ''}
                {description}
              </span>,
            ]}
          </Row>
        ))}
      </Table>
    </div>
  );
}

function Replies({ operation }: { operation: Operation }) {
  const replies = Object.entries(operation.responses).flatMap(([status, response]) => {
    if (!('description' in response)) return [];
    const schema = response.content?.[JSON_TYPE]?.schema;
    return [{ status, description: response.description, schema }];
  });
  return replies.map(({ status, description, schema }) => (
    <p key={status} className="mt-4 text-sm">
      <span className="font-mono text-accent">{status}</span>{' '}
      <span className="break-words font-mono text-ink-2 text-xs">
        {schema === undefined ? description : replyText(schema)}
      </span>
    </p>
  ));
}

const replyText = (schema: JsonSchema): string => {
  const items = schema.properties?.items;
  const isPage = typeof items === 'object' && items.type === 'array';
  const element = isPage && !Array.isArray(items.items) ? items.items : undefined;
  return element === undefined
    ? schemaText(schema)
    : `${schemaText(schema)}; each item ${schemaText(element)}`;
};
