import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { handleTrpcRequest } from '@/server/api/trpc-handler';
import { uuidV7 } from '@/server/domain/ids';
import { ADMIN_TOKEN, type AdminHarness, startAdmin } from '../helpers/admin-harness';

let admin: AdminHarness;
let tenantId: string;
const accountId = uuidV7();

/** An account that owns one tenant. */
beforeAll(async () => {
  admin = await startAdmin();
  tenantId = (await admin.newTenant({ balance: '42' })).id;
  await admin.sql`insert into account (id, email, name) values (${accountId}, 'a@b.c', 'A')`;
  await admin.sql`
    insert into membership (account_id, tenant_id, role) values (${accountId}, ${tenantId}, 'owner')`;
});
afterAll(() => admin.close());

const ORIGIN = 'http://127.0.0.1:3000';
const failure = z.object({
  error: z.object({
    message: z.string(),
    data: z.object({
      code: z.string(),
      httpStatus: z.number(),
      error: z.object({ code: z.string(), param: z.string().nullable() }),
    }),
  }),
});

interface Ask {
  readonly method?: 'GET' | 'POST';
  readonly procedure: string;
  readonly input?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signedInAs?: string | null;
}

async function ask({ method = 'POST', procedure, input, headers = {}, signedInAs = null }: Ask) {
  const query =
    input && method === 'GET' ? `?input=${encodeURIComponent(JSON.stringify(input))}` : '';
  const response = await handleTrpcRequest(
    new Request(`${ORIGIN}/api/trpc/${procedure}${query}`, {
      method,
      headers: { host: '127.0.0.1:3000', 'content-type': 'application/json', ...headers },
      ...(method === 'POST' ? { body: JSON.stringify(input ?? {}) } : {}),
    }),
    admin.container,
    async () =>
      signedInAs === null
        ? null
        : { sessionId: uuidV7(), accountId: signedInAs, email: 'a@b.c', name: 'A' },
  );
  const body: unknown = await response.json();
  return { status: response.status, headers: response.headers, body };
}

const operator = { authorization: `Bearer ${ADMIN_TOKEN}` };
const create = { procedure: 'admin.tenants.create', input: { name: 'By tRPC' } };

describe('the admin router over tRPC', () => {
  it('serves the operator by the admin token, queries and mutations', async () => {
    const made = await ask({ ...create, headers: operator });
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({ result: { data: { name: 'By tRPC', balance: '0' } } });
    expect(made.headers.get('cache-control')).toBe('no-store');
    const read = await ask({
      method: 'GET',
      procedure: 'admin.tenants.get',
      input: { tenantId },
      headers: operator,
    });
    expect(read.body).toMatchObject({ result: { data: { balance: '42' } } });
  });

  it.each([
    ['a signed-in owner', 403, 'forbidden', accountId, {}],
    ['nobody', 401, 'invalid_api_key', null, {}],
    ['a wrong token', 401, 'invalid_api_key', null, { authorization: 'Bearer wrong' }],
    ['a wrong token beside a session', 401, 'invalid_api_key', accountId, { authorization: 'x' }],
    ['a removed account', 401, 'invalid_api_key', uuidV7(), {}],
  ])('refuses %s', async (_, status, code, signedInAs, headers) => {
    const reply = await ask({ ...create, signedInAs, headers });
    expect(reply.status).toBe(status);
    expect(failure.parse(reply.body).error.data.error.code).toBe(code);
  });

  it('tells a field that is wrong in the same words as the REST face', async () => {
    const reply = await ask({ ...create, input: { name: 'x', balance: '1e3' }, headers: operator });
    expect(reply.status).toBe(400);
    const { error } = failure.parse(reply.body);
    expect(error.data).toMatchObject({
      code: 'BAD_REQUEST',
      error: { code: 'invalid_field', param: 'balance' },
    });
    const unknown = await ask({
      method: 'GET',
      procedure: 'admin.tenants.get',
      input: { tenantId: uuidV7() },
      headers: operator,
    });
    expect(failure.parse(unknown.body).error.data).toMatchObject({
      httpStatus: 404,
      error: { code: 'not_found' },
    });
  });

  it('hides what broke inside, stack included', async () => {
    admin.runs.audit = () => Promise.reject(new Error('hunter2'));
    const reply = await ask({ method: 'GET', procedure: 'admin.audit.run', headers: operator });
    expect(reply.status).toBe(500);
    const text = JSON.stringify(reply.body);
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('stack');
    expect(text).toContain(reply.headers.get('x-request-id'));
  });
});

describe('the portal router over tRPC', () => {
  it('serves an account its own tenant, and nobody else', async () => {
    const overview = { method: 'GET', procedure: 'portal.overview' } as const;
    const reply = await ask({ ...overview, signedInAs: accountId });
    expect(reply.body).toMatchObject({ result: { data: { balanceNano: '42' } } });
    expect((await ask(overview)).status).toBe(401);
    expect((await ask({ ...overview, headers: operator })).status).toBe(401);
  });
});

describe('a mutation', () => {
  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
    'is refused as %s, which a foreign page could send',
    async (type) => {
      const reply = await ask({ ...create, headers: { ...operator, 'content-type': type } });
      expect(reply.status).toBe(415);
    },
  );

  it.each([
    [{ origin: ORIGIN }, 200],
    [{}, 200],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'http://127.0.0.1:3001' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
  ])('with %j answers %i', async (headers, status) => {
    expect((await ask({ ...create, headers: { ...operator, ...headers } })).status).toBe(status);
  });

  it('cannot be sent by GET', async () => {
    const before = (await admin.sql`select 1 from tenant`).length;
    const reply = await ask({ ...create, method: 'GET', headers: operator });
    expect(reply.status).toBe(405);
    expect(await admin.sql`select 1 from tenant`).toHaveLength(before);
  });

  it('is refused beyond a mebibyte', async () => {
    const input = { name: 'x'.repeat(1024 * 1024) };
    expect((await ask({ ...create, input, headers: operator })).status).toBe(413);
  });
});
