import { describe, expect, it } from 'vitest';
import type { Script } from '../../tools/simulator/script';
import { onlyChargeOf } from '../helpers/books';
import { outcomeOf, plain, stream } from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { freePort } from '../helpers/free-port';
import { inBothModes } from '../helpers/modes';

/** What every reply here must be free of. */
const SECRET = 'sk-simulator-secret';
const leak = (port: number) => ({
  error: {
    message: `Incorrect key ${SECRET} at http://127.0.0.1:${port}/v1/chat`,
    type: 'x',
    code: 'y',
  },
});

inBothModes('an upstream that fails before the first byte', (gateway) => {
  const faults: { fault: string; script: Script; outcome: string; reason: string }[] = [
    ...[500, 503, 429, 408, 401, 403, 404].map((status) => ({
      fault: `answers ${status}`,
      script: { status },
      outcome: '502 upstream_error',
      reason: 'upstream_error',
    })),
    {
      fault: 'refuses the request (400)',
      script: { status: 400 },
      outcome: '400 upstream_rejected',
      reason: 'upstream_error',
    },
    {
      fault: 'redirects elsewhere',
      script: { redirect: 'http://127.0.0.1:9/stolen' },
      outcome: '502 upstream_error',
      reason: 'upstream_error',
    },
    {
      fault: 'closes the connection before its headers',
      script: { closeBeforeHeaders: true },
      outcome: '502 upstream_error',
      reason: 'upstream_error',
    },
    {
      fault: 'closes the connection after its headers',
      script: { dropAfterHeaders: true },
      outcome: '502 upstream_error',
      reason: 'upstream_error',
    },
    {
      fault: 'answers 200 with what is no answer',
      script: { status: 200, errorBody: 'Bad Gateway' },
      outcome: '502 upstream_error',
      reason: 'upstream_error',
    },
  ];

  describe.each([
    { what: 'a plain request', ask: plain },
    { what: 'a stream', ask: stream },
  ])('$what', ({ ask }) => {
    it.each(faults)(
      'whose upstream $fault is told $outcome, is VOIDED and may run again',
      async ({ script, outcome, reason }) => {
        const tenant = await gateway().admin.newTenant();
        gateway().simulator.script({ script });
        const trace = { traceId: 'again', maxTokens: 40 };
        expect(outcomeOf(await ask(gateway(), tenant, trace))).toBe(outcome);
        expect(await onlyChargeOf(gateway(), tenant)).toMatchObject({
          status: 'VOIDED',
          finish: reason,
          amount: 0n,
        });
        const state = { balance: '1000000000', held: '0', dailyUsed: 0 };
        expect(await gateway().admin.tenant(tenant.id)).toMatchObject(state);
        expect(outcomeOf(await ask(gateway(), tenant, trace))).toBe('200');
        const [row] = await untilEnded(gateway(), tenant, 1);
        expect(row).toMatchObject({ status: 'COMMITTED', attempt: 2 });
      },
    );

    it.each([400, 401, 429, 500])(
      'whose upstream answers %i with its own key and address in the message shows neither',
      async (status) => {
        const tenant = await gateway().admin.newTenant();
        const { port } = gateway().simulator;
        const reply = await ask(gateway(), tenant, {
          script: { status, errorBody: leak(port) },
        });
        const said = `${JSON.stringify([...reply.headers])} ${reply.bytes.toString('utf8')}`;
        expect(reply.status).toBeGreaterThanOrEqual(400);
        expect(said).not.toContain(SECRET);
        expect(said).not.toContain(String(port));
        expect(said).not.toContain('127.0.0.1');
      },
    );

    it('whose upstream refuses a field, or the length, is told so in OpenAI’s terms', async () => {
      const tenant = await gateway().admin.newTenant();
      const refused = async (code: string, message: string, param: string) => {
        const errorBody = { error: { message, type: 'invalid_request_error', param, code } };
        const reply = await ask(gateway(), tenant, { script: { status: 400, errorBody } });
        return [reply.status, JSON.parse(reply.bytes.toString('utf8')).error];
      };
      const because = (said: string) =>
        `The model's provider refused the request: ${said} Nothing was charged.`;
      const type = 'invalid_request_error';
      expect(await refused('unsupported_value', 'No such value', 'temperature')).toEqual([
        400,
        {
          message: because('No such value.'),
          type,
          param: 'temperature',
          code: 'upstream_rejected',
        },
      ]);
      expect(await refused('context_length_exceeded', 'Too long.', 'messages')).toEqual([
        400,
        { message: because('Too long.'), type, param: 'messages', code: 'context_length_exceeded' },
      ]);
    });

    it('whose upstream answers 200 with an error inside is told upstream_error and pays nothing', async () => {
      const tenant = await gateway().admin.newTenant();
      const script = { status: 200, errorBody: leak(gateway().simulator.port) };
      const reply = await ask(gateway(), tenant, { script });
      expect(outcomeOf(reply)).toBe('502 upstream_error');
      expect(reply.bytes.toString('utf8')).not.toContain(SECRET);
      expect(await gateway().admin.tenant(tenant.id)).toMatchObject({ balance: '1000000000' });
    });

    it('whose upstream cannot be reached is told no_healthy_upstream and pays nothing', async () => {
      const { admin } = gateway();
      const tenant = await admin.newTenant();
      await onlyUpstream('gone', { baseUrl: `http://127.0.0.1:${await freePort()}/v1` });
      const reply = await ask(gateway(), tenant, { traceId: 'unreached' });
      expect(outcomeOf(reply)).toBe('503 no_healthy_upstream');
      await gateway().admin.seedCatalogue(gateway().simulator.url);
      await admin.call('DELETE', 'upstreams/gone');
      const reason = { status: 'VOIDED', finish: 'no_healthy_upstream', amount: 0n };
      expect(await onlyChargeOf(gateway(), tenant)).toMatchObject(reason);
    });

    it('whose upstream does not answer in time is told upstream_timeout and pays nothing', async () => {
      const { admin, simulator } = gateway();
      const tenant = await admin.newTenant();
      await onlyUpstream('slow', { baseUrl: simulator.url, timeoutMs: 300 });
      const reply = await ask(gateway(), tenant, {
        traceId: 'late',
        script: { ttftMs: 20_000 },
      });
      expect(outcomeOf(reply)).toBe('504 upstream_timeout');
      await gateway().admin.seedCatalogue(simulator.url);
      await admin.call('DELETE', 'upstreams/slow');
      const reason = { status: 'VOIDED', finish: 'upstream_timeout', amount: 0n };
      expect(await onlyChargeOf(gateway(), tenant)).toMatchObject(reason);
    });
  });

  async function onlyUpstream(name: string, fields: object): Promise<void> {
    await gateway().admin.call('DELETE', 'upstreams/sim');
    await gateway().admin.call('PUT', `upstreams/${name}`, { models: { '*': '*' }, ...fields });
  }
});
