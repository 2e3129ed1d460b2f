import { z } from 'zod';
import { adminRouter } from '../admin-router';
import { parameterNames } from '../rest/match';
import { ADMIN_ROUTES, type RestRoute } from '../rest/routes';
import { type JsonSchema, jsonSchema } from './schema';
import { errorResponse, type Method, type Operation, type Parameter, type PathItem } from './types';

interface ProcedureSchemas {
  readonly input: JsonSchema | null;
  readonly output: JsonSchema | null;
}

const procedures = new Map<string, unknown>(Object.entries(adminRouter._def.procedures));

/** The schemas that a procedure of the admin router was defined with. */
function schemasOf(path: string): ProcedureSchemas {
  const procedure = procedures.get(path);
  if (typeof procedure !== 'function' || !('_def' in procedure)) {
    throw new Error(`The REST face names a procedure that there is not: ${path}`);
  }
  const parts = new Map<string, unknown>(Object.entries(Object(procedure._def)));
  const inputs = parts.get('inputs');
  const input: unknown = Array.isArray(inputs) ? inputs[0] : null;
  const output = parts.get('output');
  return {
    input: input instanceof z.ZodType ? jsonSchema(input, 'input') : null,
    output:
      output instanceof z.ZodType && !(output instanceof z.ZodVoid)
        ? jsonSchema(output, 'output')
        : null,
  };
}

function parametersOf(route: RestRoute, input: JsonSchema | null): readonly Parameter[] {
  const inPath = parameterNames(route.path);
  const required = new Set(input?.required ?? []);
  return Object.entries(input?.properties ?? {}).flatMap(([name, schema]): Parameter[] => {
    if (inPath.includes(name)) return [{ name, in: 'path', required: true, schema }];
    if (route.method !== 'GET' && route.method !== 'DELETE') return [];
    return [{ name, in: 'query', required: required.has(name), schema }];
  });
}

/** The input without what the path gives; null when nothing is left for a body. */
function bodyOf(route: RestRoute, input: JsonSchema | null): JsonSchema | null {
  if (input === null || route.method === 'GET' || route.method === 'DELETE') return null;
  const inPath = parameterNames(route.path);
  return {
    ...input,
    properties: Object.fromEntries(
      Object.entries(input.properties ?? {}).filter(([name]) => !inPath.includes(name)),
    ),
    required: (input.required ?? []).filter((name) => !inPath.includes(name)),
  };
}

function operationOf(route: RestRoute): Operation {
  const { input, output } = schemasOf(route.procedure);
  const body = bodyOf(route, input);
  return {
    operationId: `admin.${route.procedure}`,
    tags: ['Admin'],
    summary: route.summary,
    security: [{ adminToken: [] }],
    parameters: parametersOf(route, input),
    ...(body === null
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      [route.successStatus]: {
        description: output === null ? 'Done' : 'OK',
        ...(output === null ? {} : { content: { 'application/json': { schema: output } } }),
      },
      ...errorResponse,
    },
  };
}

const METHODS = {
  GET: 'get',
  POST: 'post',
  PUT: 'put',
  PATCH: 'patch',
  DELETE: 'delete',
} as const satisfies Record<RestRoute['method'], Method>;

/** The admin REST, drawn from its routes and the router's own schemas. */
export function adminPaths(): Readonly<Record<string, PathItem>> {
  const paths: Record<string, PathItem> = {};
  for (const route of ADMIN_ROUTES) {
    const path = `/api/admin/v1/${route.path.replace(/\+\}/g, '}')}`;
    paths[path] = { ...paths[path], [METHODS[route.method]]: operationOf(route) };
  }
  return paths;
}
