import type { JsonSchema } from '@/server/api/openapi/schema';

type Schema = JsonSchema | boolean | undefined;

/** A schema in a few words: `string or null`, `array of { quotaType, limit }`. */
export function schemaText(schema: Schema): string {
  if (schema === undefined || typeof schema === 'boolean') return 'any';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(String).join(' | ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(schemaText).join(' or ');
  if (schema.type === 'array') {
    return `array of ${schemaText(Array.isArray(schema.items) ? schema.items[0] : schema.items)}`;
  }
  const fields = Object.keys(schema.properties ?? {});
  if (fields.length > 0) return `{ ${fields.join(', ')} }`;
  if (schema.type === 'object') return 'object';
  const types: readonly (string | undefined)[] = [schema.type].flat();
  return `${types.join(' or ')}${schema.format === undefined ? '' : ` (${schema.format})`}`;
}

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly description: string;
}

/** The fields of an object schema, in its order. */
export function fieldsOf(schema: JsonSchema): readonly Field[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, field]) => ({
    name,
    type: schemaText(field),
    isRequired: required.has(name),
    description: typeof field === 'object' ? (field.description ?? '') : '',
  }));
}
