import { describe, expect, it } from 'vitest';
import { adminRouter } from '@/server/api/admin-router';
import { openApiDocument } from '@/server/api/openapi/document';
import { ADMIN_ROUTES } from '@/server/api/rest/routes';

const apiReference = openApiDocument();

describe('the OpenAPI document', () => {
  it('has every procedure of the admin router exactly once', () => {
    const served = ADMIN_ROUTES.map((route) => route.procedure);
    expect([...served].sort()).toEqual(Object.keys(adminRouter._def.procedures).sort());
  });

  it('describes each admin request by the schema that judges it', () => {
    const create = apiReference.paths['/api/admin/v1/tenants/{tenantId}/credits']?.post;
    const body = create?.requestBody?.content['application/json']?.schema;
    expect(body).toMatchObject({
      required: ['amount', 'kind', 'traceId'],
      additionalProperties: false,
      properties: { kind: { enum: ['topup', 'adjustment', 'refund'] } },
    });
    expect(body?.properties).not.toHaveProperty('tenantId');
    expect(create?.parameters).toMatchObject([{ name: 'tenantId', in: 'path', required: true }]);
  });

  it('gives a model id or an upstream name that spans segments one parameter', () => {
    expect(apiReference.paths['/api/admin/v1/models/{modelId}']?.put?.parameters).toMatchObject([
      { name: 'modelId', in: 'path' },
    ]);
  });

  it('says 204 without a body where something is taken away', () => {
    const responses = apiReference.paths['/api/admin/v1/keys/{keyId}']?.delete?.responses;
    expect(responses?.['204']).toEqual({ description: 'Done' });
    expect(responses).not.toHaveProperty('200');
  });

  it('needs an API key or the admin token for everything', () => {
    for (const [path, item] of Object.entries(apiReference.paths)) {
      const scheme = path.startsWith('/api/admin/') ? 'adminToken' : 'apiKey';
      for (const operation of Object.values(item)) {
        expect([path, operation.security]).toEqual([path, [{ [scheme]: [] }]]);
      }
    }
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(apiReference))).toEqual(apiReference);
  });
});
