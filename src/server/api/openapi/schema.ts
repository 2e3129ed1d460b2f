import { z } from 'zod';

/** A JSON schema as OpenAPI 3.1 takes it. */
export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** What is sent (before it is read) or what comes back, as a JSON schema. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    // A format says it all; zod's patterns for dates are longer than the rest of the document.
    override: ({ jsonSchema: json }) => {
      if (json.format !== undefined) delete json.pattern;
    },
  });
  return json;
}
