import { describe, expect, it } from 'vitest';
import { type BuiltGateway, overBothAdapters } from '../helpers/built-gateway';
import { jsonHeaders } from '../helpers/chat';
import { TEST_SECRETS } from '../helpers/gateway';
import { signIn } from '../helpers/portal-session';
import { outcomeOf, send } from '../helpers/wire';

/** Each header by which a proxy tells of a client's address, as a client that lies sends it. */
const claims = (address: string) => ({
  'x-forwarded-for': address,
  'x-real-ip': address,
  forwarded: `for=${address}`,
  'x-vercel-forwarded-for': address,
  'cf-connecting-ip': address,
});

/** What becomes of a wrong password for an account that was never tried before. */
async function guess(gateway: BuiltGateway, headers: Readonly<Record<string, string>>) {
  guesses += 1;
  const email = `nobody-${guesses}@example.com`;
  const { reply } = await signIn(gateway.origin, email, 'a wrong password', headers);
  return /error=(\w+)/.exec(reply.body.toString())?.[1];
}
let guesses = 0;

/** Asks for a link to set a password anew. */
async function askForLink(gateway: BuiltGateway, headers: Readonly<Record<string, string>>) {
  guesses += 1;
  const { origin } = gateway;
  const { status } = await send(origin, {
    method: 'POST',
    path: '/api/trpc/account.requestReset',
    headers: { 'content-type': 'application/json', origin, ...headers },
    body: JSON.stringify({ email: `nobody-${guesses}@example.com` }),
  });
  return status;
}

const renameOver = async (gateway: BuiltGateway, headers: Readonly<Record<string, string>>) => {
  const name = `From ${headers['x-forwarded-for']}`;
  const { status } = await send(gateway.origin, {
    method: 'POST',
    path: '/api/admin/v1/tenants',
    headers: {
      authorization: `Bearer ${TEST_SECRETS.ADMIN_TOKEN}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify({ name }),
  });
  expect(status).toBe(200);
  const rows = await gateway.database.sql`
    select address from audit_log where after->>'name' = ${name}`;
  return rows[0]?.address;
};

const times = (count: number) => Array.from({ length: count }, (_, at) => at);

overBothAdapters('where a request comes from, with no proxy trusted', (gateway) => {
  it('is the connection: an address made up for each guess gains no guess', async () => {
    const guessed = times(50).map((at) => guess(gateway(), claims(`203.0.113.${at}`)));
    expect(new Set(await Promise.all(guessed))).toEqual(new Set(['CredentialsSignin']));
    expect(await guess(gateway(), claims('198.51.100.7'))).toBe('TooManyAttempts');
  });

  it('nor a letter', async () => {
    const asked = times(20).map((at) => askForLink(gateway(), claims(`203.0.113.${at}`)));
    expect(new Set(await Promise.all(asked))).toEqual(new Set([200]));
    expect(await askForLink(gateway(), claims('198.51.100.7'))).toBe(429);
  });

  it('and what the activity writes down is the connection', async () => {
    expect(await renameOver(gateway(), claims('203.0.113.9'))).toBe('127.0.0.1');
  });
});

overBothAdapters(
  'where a request comes from, behind one proxy',
  (gateway) => {
    /** As it leaves the proxy: what the client claims, and the address that the proxy saw. */
    const through = (seen: string, claimed: string) => ({
      ...claims(claimed),
      'x-forwarded-for': `${claimed}, ${seen}`,
    });

    describe('is what the proxy saw', () => {
      it('for guesses at passwords, each client by itself', async () => {
        const guessed = times(50).map((at) =>
          guess(gateway(), through('203.0.113.7', `198.51.100.${at}`)),
        );
        expect(new Set(await Promise.all(guessed))).toEqual(new Set(['CredentialsSignin']));
        const closed = through('203.0.113.7', '198.51.100.99');
        expect(await guess(gateway(), closed)).toBe('TooManyAttempts');
        const another = through('203.0.113.8', '203.0.113.7');
        expect(await guess(gateway(), another)).toBe('CredentialsSignin');
      });

      it.each([
        ['203.0.113.5', '6.6.6.6', '200'],
        ['198.51.100.1', '203.0.113.5', '403 ip_not_allowed'],
        ['::ffff:203.0.113.5', '6.6.6.6', '200'],
        ['2001:db8::5', '203.0.113.5', '403 ip_not_allowed'],
      ])('for a key that is bound to addresses: %s, who claims %s', async (seen, claimed, told) => {
        const { apiKey } = await gateway().admin.newTenant({}, { allowedIps: ['203.0.113.0/24'] });
        const headers = { ...jsonHeaders(apiKey), ...through(seen, claimed) };
        for (const path of ['/v1/models', '/api/v1/balance']) {
          const reply = await send(gateway().origin, { path, headers });
          expect(outcomeOf(reply)).toBe(told);
        }
      });

      it('for the activity', async () => {
        const headers = through('203.0.113.9', '6.6.6.6');
        expect(await renameOver(gateway(), headers)).toBe('203.0.113.9');
      });
    });
  },
  { env: { TRUST_PROXY: '1' } },
);
