import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, type AdminHarness, faultOf, startAdmin } from '../helpers/admin-harness';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.close());

const MEBIBYTE = 1024 * 1024;

interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: BodyInit;
}

const ask = ({ method = 'POST', path = 'tenants', headers = {}, body }: Ask) =>
  new Request(admin.url(path), {
    method,
    headers: {
      authorization: `Bearer ${ADMIN_TOKEN}`,
      'content-type': 'application/json',
      ...headers,
    },
    ...(body === undefined ? {} : { body, duplex: 'half' }),
  });

const sendFault = async (parts: Ask) => faultOf(await admin.send(ask(parts)));
const tenants = async () => (await admin.sql`select 1 from tenant`).length;

describe('who may ask', () => {
  it.each([
    '',
    'Bearer',
    'Bearer ',
    'Bearer wrong',
    `Bearer ${ADMIN_TOKEN}x`,
    `Bearer ${ADMIN_TOKEN.slice(0, -1)}`,
    `Basic ${ADMIN_TOKEN}`,
    ADMIN_TOKEN,
  ])('answers 401 for the authorization %j, whatever the route', async (authorization) => {
    for (const path of ['tenants', 'no/such/route']) {
      const reply = await admin.send(ask({ path, headers: { authorization }, body: '{' }));
      expect(faultOf(reply)).toEqual({ status: 401, code: 'invalid_api_key', param: null });
      expect(reply.headers.get('cache-control')).toBe('no-store');
      expect(reply.headers.get('www-authenticate')).toBe('Bearer');
      expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it.each([undefined, ''])('answers 401 to everybody while ADMIN_TOKEN is %j', async (token) => {
    const container = { ...admin.container, env: { ADMIN_TOKEN: token, NEXTAUTH_URL: undefined } };
    for (const authorization of [`Bearer ${ADMIN_TOKEN}`, 'Bearer ', 'Bearer undefined']) {
      const reply = await admin.send(ask({ headers: { authorization }, body: '{}' }), container);
      expect(reply.status).toBe(401);
    }
  });
});

describe('what is asked', () => {
  it.each(['nothing', 'tenants/', 'tenants/a/b', 'models/', 'keys', '', '%E0%A4%A'])(
    'answers 404 for the route %j',
    async (path) => {
      expect(await sendFault({ method: 'GET', path })).toMatchObject({
        status: 404,
        code: 'not_found',
      });
    },
  );

  it('answers 405 and says what is allowed for a method a route does not have', async () => {
    const reply = await admin.send(ask({ method: 'PUT', path: 'tenants/x', body: '{}' }));
    expect(faultOf(reply)).toMatchObject({ status: 405, code: 'method_not_allowed' });
    expect(reply.headers.get('allow')).toBe('GET, PATCH');
  });

  it('answers 404 for an id that cannot be decoded', async () => {
    expect(await sendFault({ method: 'GET', path: 'tenants/%E0%A4%A' })).toMatchObject({
      status: 404,
    });
  });
});

describe('how it is asked', () => {
  it.each(['{', '', 'null', '[]', '"x"', '{"name":NaN}', '{"name":"a"}{}', '{"name":1e400'])(
    'answers 400 and makes nothing for the body %j',
    async (body) => {
      const before = await tenants();
      expect(await sendFault({ body })).toMatchObject({ status: 400 });
      expect(await tenants()).toBe(before);
    },
  );

  it('tells a body that is no JSON from a field that is wrong', async () => {
    expect(await sendFault({ body: '{' })).toEqual({
      status: 400,
      code: 'invalid_json',
      param: null,
    });
    expect(await sendFault({ body: '{}' })).toEqual({
      status: 400,
      code: 'invalid_field',
      param: 'name',
    });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', ''])(
    'answers 415 for the content type %j',
    async (type) => {
      const parts = { headers: { 'content-type': type }, body: '{"name":"x"}' };
      expect(await sendFault(parts)).toMatchObject({
        status: 415,
        code: 'unsupported_media_type',
      });
    },
  );

  it('takes JSON with a charset', async () => {
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await admin.send(ask({ headers, body: '{"name":"x"}' }))).status).toBe(200);
  });

  it('answers 413 for more than a mebibyte, declared or streamed, and stops reading', async () => {
    const declared = { headers: { 'content-length': String(MEBIBYTE + 1) }, body: '{}' };
    expect(await sendFault(declared)).toMatchObject({ status: 413, code: 'request_too_large' });
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(64 * 1024).fill(32));
      },
    });
    expect(await sendFault({ body: endless })).toMatchObject({ status: 413 });
    expect(pulled).toBeLessThan(24);
  });

  it('writes down where a change came from: what the nearest proxy says', async () => {
    const headers = { 'x-forwarded-for': '6.6.6.6, 203.0.113.9' };
    await admin.send(ask({ headers, body: '{"name":"from afar"}' }));
    const rows = await admin.sql`
      select address from audit_log where after->>'name' = 'from afar'`;
    expect(rows).toEqual([{ address: '203.0.113.9' }]);
  });
});

describe('when something breaks inside', () => {
  it('tells the request id and nothing else, and logs the cause', async () => {
    const logged: object[] = [];
    admin.runs.audit = () => Promise.reject(new Error('postgres://user:hunter2@db is down'));
    const container = {
      ...admin.container,
      log: { error: (fields: object) => void logged.push(fields) },
    };
    const reply = await admin.send(ask({ method: 'GET', path: 'audit' }), container);
    expect(faultOf(reply)).toEqual({ status: 500, code: 'internal_error', param: null });
    const requestId = reply.headers.get('x-request-id');
    expect(JSON.stringify(reply.body)).toContain(requestId);
    expect(JSON.stringify(reply.body)).not.toContain('hunter2');
    expect(logged).toEqual([
      { requestId, err: expect.objectContaining({ message: expect.stringContaining('hunter2') }) },
    ]);
  });
});
