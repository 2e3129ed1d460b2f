import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_ROUTES } from '@/server/api/rest/routes';
import { appRouter } from '@/server/api/root';
import { generateApiKey } from '@/server/security/api-key';
import type { TestTenant } from '../helpers/admin-client';
import { overBothAdapters } from '../helpers/built-gateway';
import { chatBody, jsonHeaders } from '../helpers/chat';
import { signIn } from '../helpers/portal-session';
import { standingOf } from '../helpers/standing';
import { errorOf, outcomeOf, send, type WireReply } from '../helpers/wire';

const EMAIL = 'owner@example.test';
const PASSWORD = 'a-password-for-tests';
const TRACE = 'their-trace';
const MINE = { apiKey: generateApiKey() };
const ENV = {
  TALLYGATE_DEMO_EMAIL: EMAIL,
  TALLYGATE_DEMO_PASSWORD: PASSWORD,
  TALLYGATE_DEMO_API_KEY: MINE.apiKey,
};

/** What an id of theirs, or one that does not exist, is put into. */
interface Ids {
  readonly tenantId: string;
  readonly keyId: string;
  readonly traceId: string;
}

overBothAdapters(
  'isolation',
  (gateway) => {
    let theirs: TestTenant;
    let cookie: string;
    let foreign: Ids;
    let standing: Awaited<ReturnType<typeof standingOf>>;
    const unknown: Ids = { tenantId: randomUUID(), keyId: randomUUID(), traceId: 'no-such-trace' };

    beforeAll(async () => {
      theirs = await gateway().admin.newTenant({ name: 'Theirs-4711', balance: '987654321' });
      const headers = { ...jsonHeaders(theirs.apiKey), 'x-trace-id': TRACE };
      const path = '/v1/chat/completions';
      const { origin } = gateway();
      const bought = await send(origin, { method: 'POST', path, headers, body: chatBody() });
      expect(outcomeOf(bought)).toBe('200');
      foreign = { tenantId: theirs.id, keyId: theirs.keyId, traceId: TRACE };
      ({ cookie } = await signIn(origin, EMAIL, PASSWORD));
      standing = await standingOf(gateway(), theirs);
    });

    /** A reply without what differs between any two requests. */
    const comparable = ({ status, headers, body }: WireReply, ids: Ids) => {
      const { date: _, 'x-request-id': __, 'x-trace-id': ___, etag: ____, ...rest } = headers;
      let text = body.toString().replace(/"resetsInMs":\d+/g, '');
      for (const id of Object.values(ids)) text = text.replaceAll(id, '<id>');
      return { status, headers: rest, text: text.replaceAll(String(headers['x-request-id']), '') };
    };

    async function sameForBoth(ask: (ids: Ids) => Promise<WireReply>) {
      const [one, other] = [await ask(foreign), await ask(unknown)];
      expect(comparable(one, foreign)).toEqual(comparable(other, unknown));
      expect(one.body.toString()).not.toMatch(/Theirs-4711|987654321/);
      return one;
    }

    describe('the operator’s routes, asked by a tenant', () => {
      const routes = ADMIN_ROUTES.map(({ method, path }) => [method, path] as const);
      it.each(routes)('%s %s tells nothing of anybody', async (method, route) => {
        for (const credential of [{ authorization: `Bearer ${MINE.apiKey}` }, { cookie }]) {
          const reply = await sameForBoth((ids) => {
            const path = route.replace(/\{(\w+)\+?\}/g, (_, name: string) =>
              name === 'tenantId' ? ids.tenantId : name === 'keyId' ? ids.keyId : ids.traceId,
            );
            return send(gateway().origin, {
              method,
              path: `/api/admin/v1/${path}?tenantId=${ids.tenantId}`,
              headers: { ...credential, 'content-type': 'application/json' },
              ...(method === 'GET' || method === 'DELETE' ? {} : { body: '{"balance":"1"}' }),
            });
          });
          expect(reply.status).toBe(401);
        }
      });
    });

    describe('the procedures of tRPC, asked by another tenant’s owner', () => {
      const call = (procedure: string, method: string, input: object) => {
        const query = `input=${encodeURIComponent(JSON.stringify(input))}`;
        const isQuery = method === 'GET';
        return send(gateway().origin, {
          method,
          path: `/api/trpc/${procedure}${isQuery ? `?${query}` : ''}`,
          headers: { cookie, 'content-type': 'application/json' },
          ...(isQuery ? {} : { body: JSON.stringify(input) }),
        });
      };
      const procedures = Object.keys(appRouter._def.procedures);

      it('answer the owner about the own tenant', async () => {
        const reply = await call('portal.overview', 'GET', {});
        expect(reply.status).toBe(200);
        expect(reply.body.toString()).not.toMatch(/Theirs-4711|987654321/);
      });

      it.each(procedures.filter((name) => name.startsWith('admin.')))('%s', async (procedure) => {
        for (const method of ['GET', 'POST']) {
          const reply = await sameForBoth((ids) => call(procedure, method, { ...ids, name: 'x' }));
          expect([400, 401, 403, 404, 405]).toContain(reply.status);
        }
      });

      it.each(procedures.filter((name) => name.startsWith('portal.')))('%s', async (procedure) => {
        const reply = await sameForBoth(({ tenantId, keyId, traceId }) =>
          call(procedure, 'GET', { tenantId, keyId, apiKeyId: keyId, traceId }),
        );
        expect(reply.body.toString()).not.toContain(TRACE);
      });
    });

    describe('the developer’s routes', () => {
      const post = (
        headers: Record<string, string>,
        body = chatBody(),
        path = 'chat/completions',
      ) =>
        send(gateway().origin, {
          method: 'POST',
          path: `/v1/${path}`,
          headers: { ...jsonHeaders(MINE.apiKey), ...headers },
          body,
        });

      it('neither replay nor refuse a trace id because another tenant has used it', async () => {
        const used = await post({ 'x-trace-id': TRACE });
        const fresh = await post({ 'x-trace-id': 'mine-alone' });
        for (const reply of [used, fresh]) {
          expect(reply.status).toBe(200);
          expect(reply.headers['idempotent-replayed']).toBeUndefined();
        }
      });

      it('take no session, no operator’s token and no tenant’s name for a key', async () => {
        for (const headers of [
          { authorization: '', cookie },
          { authorization: '', 'x-tenant-id': theirs.id },
          { authorization: `Bearer ${theirs.id}` },
          { authorization: `Bearer ${theirs.keyId}` },
        ]) {
          expect(outcomeOf(await post(headers))).toBe('401 invalid_api_key');
        }
      });

      it('charge the key’s tenant, whoever the request names', async () => {
        const before = await gateway().admin.tenant(theirs.id);
        const fields = { tenant_id: theirs.id, tenantId: theirs.id, user: theirs.id };
        const named = { 'x-tenant-id': theirs.id, 'openai-organization': theirs.id };
        expect(outcomeOf(await post(named, chatBody(fields)))).toBe('200');
        expect(await gateway().admin.tenant(theirs.id)).toEqual(before);
      });

      it('quote what the key’s own tenant would be told, whoever the request names', async () => {
        const named = { 'x-trace-id': TRACE, 'x-tenant-id': theirs.id };
        const [quoted, plain] = [
          await post(named, chatBody(), 'quote'),
          await post({}, chatBody(), 'quote'),
        ];
        expect([quoted.status, quoted.body]).toEqual([200, plain.body]);
        expect(quoted.body.toString()).not.toContain('987654321');
      });

      it('say of a foreign id what they say of any other', async () => {
        for (const path of ['transactions', 'traces', 'keys', 'tenants']) {
          const reply = await sameForBoth((ids) =>
            send(gateway().origin, {
              path: `/v1/models/${path === 'keys' ? ids.keyId : ids.tenantId}`,
              headers: jsonHeaders(MINE.apiKey),
            }),
          );
          expect(errorOf(reply).code).toBe('model_not_found');
        }
      });
    });

    it('and none of it has changed anything of the other tenant’s', async () => {
      const { upstreamCalls: _, ...now } = await standingOf(gateway(), theirs);
      const { upstreamCalls: __, ...before } = standing;
      expect(now).toEqual(before);
    });

    it('the operator finds a trace only under the tenant that it is of', async () => {
      const asOperator = (traceId: string, tenantId: string) =>
        gateway()
          .admin.call('GET', `transactions/${traceId}?tenantId=${tenantId}`)
          .catch((error: Error) => error.message.replace(/^.*?: /, ''));
      const [mine] = await gateway().database.sql`select id from tenant where id <> ${theirs.id}`;
      const own = `opening-balance:${theirs.id}`;
      expect(await asOperator(own, theirs.id)).toMatchObject({ traceId: own });
      const elsewhere = await asOperator(own, String(mine?.id));
      expect(elsewhere).toMatch(/^404 /);
      expect(elsewhere).toBe(await asOperator('no-such-trace', String(mine?.id)));
    });
  },
  { env: ENV },
);
