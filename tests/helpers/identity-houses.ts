import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

const CLIENT = { id: 'tallygate-client', secret: 'tallygate-client-secret' };
const GOOGLE_ISSUER = 'https://accounts.google.com';
const KEY_ID = 'the-key';

/** Who sits before the browser, as GitHub and Google know them. */
export interface Person {
  readonly id: number;
  readonly name: string | null;
  readonly email: string;
  /** Whether that house has confirmed the address. */
  readonly isConfirmed: boolean;
}

/** What a code was given for. */
interface Grant {
  readonly person: Person;
  readonly redirectUri: string;
  readonly challenge: string;
}

/** What a test changes. */
interface State {
  /** Who is signed in there, and consents. */
  person: Person;
  /** What Google's next tokens claim otherwise, and are signed with. */
  otherClaims: object;
  otherKey: KeyObject | null;
}

export type IdentityHouses = Awaited<ReturnType<typeof startIdentityHouses>>;

/**
 * A GitHub Enterprise Server and a Google in one, on loopback. They hold the client to their rules as the
 * real ones do: its secret, the redirect address, PKCE, and a code for once only.
 */
export async function startIdentityHouses() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const state: State = {
    person: { id: 1, name: 'Nobody', email: 'nobody@example.test', isConfirmed: false },
    otherClaims: {},
    otherKey: null,
  };
  const grants = new Map<string, Grant>();
  const bearers = new Map<string, Person>();

  const authorize = (url: URL): string => {
    const asked = (name: string) => url.searchParams.get(name) ?? '';
    const code = randomUUID();
    grants.set(code, {
      person: state.person,
      redirectUri: asked('redirect_uri'),
      challenge: asked('code_challenge_method') === 'S256' ? asked('code_challenge') : '',
    });
    const back = new URL(asked('redirect_uri'));
    back.search = new URLSearchParams({ code, state: asked('state') }).toString();
    return back.href;
  };

  /** Null: refused. */
  const redeem = (request: IncomingMessage, form: URLSearchParams) => {
    const code = form.get('code') ?? '';
    const grant = grants.get(code);
    grants.delete(code);
    const verifier = form.get('code_verifier') ?? '';
    const isRight =
      grant !== undefined &&
      request.headers.authorization === basic(CLIENT.id, CLIENT.secret) &&
      form.get('redirect_uri') === grant.redirectUri &&
      createHash('sha256').update(verifier).digest('base64url') === grant.challenge;
    if (!isRight) return null;
    const token = randomUUID();
    bearers.set(token, grant.person);
    return { token, person: grant.person };
  };

  const routes: Readonly<Record<string, (call: Call) => object | null>> = {
    '/.well-known/openid-configuration': () => DISCOVERY,
    '/oauth2/v3/certs': () => ({
      keys: [{ ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' }],
    }),
    '/token': ({ request, form }) => {
      const redeemed = redeem(request, form);
      if (redeemed === null) return null;
      const { id, name, email, isConfirmed } = redeemed.person;
      const nowS = Math.floor(Date.now() / 1_000);
      const claims = {
        iss: GOOGLE_ISSUER,
        aud: CLIENT.id,
        sub: String(id),
        iat: nowS,
        exp: nowS + 3_600,
        ...{ name, email, email_verified: isConfirmed },
        ...state.otherClaims,
      };
      const idToken = jwt(claims, state.otherKey ?? privateKey);
      return { access_token: redeemed.token, token_type: 'Bearer', id_token: idToken };
    },
    '/login/oauth/access_token': ({ request, form }) => {
      const redeemed = redeem(request, form);
      return redeemed && { access_token: redeemed.token, token_type: 'bearer', scope: '' };
    },
    '/api/v3/user': ({ person }) =>
      person && { id: person.id, login: `u${person.id}`, name: person.name, email: person.email },
    '/api/v3/user/emails': ({ person }) =>
      person && [
        { email: `${person.id}@users.example`, primary: false, verified: true },
        { email: person.email, primary: true, verified: person.isConfirmed },
      ],
  };

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://houses');
    if (/^\/(login\/oauth\/authorize|o\/oauth2\/v2\/auth)$/.test(url.pathname)) {
      response.writeHead(302, { location: authorize(url) }).end();
      return;
    }
    let text = '';
    for await (const piece of request.setEncoding('utf8')) text += piece;
    const person = bearers.get(
      /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '',
    );
    const form = new URLSearchParams(text);
    const body = routes[url.pathname]?.({ request, form, person: person ?? null }) ?? null;
    response
      .writeHead(body === null ? 401 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(body ?? { error: 'invalid_grant' }));
  };

  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;

  return {
    state,

    /** The variables of a gateway that signs in by this GitHub. */
    github: {
      GITHUB_ID: CLIENT.id,
      GITHUB_SECRET: CLIENT.secret,
      GITHUB_BASE_URL: origin,
    },
    /** The same by this Google, which the gateway takes for the real one. */
    google: {
      GOOGLE_CLIENT_ID: CLIENT.id,
      GOOGLE_CLIENT_SECRET: CLIENT.secret,
      GOOGLE_STANDS_AT: origin,
      NODE_OPTIONS: `--import ${path.join(import.meta.dirname, 'google-elsewhere.mjs')}`,
    },

    /** The browser goes there and consents: the address that it is sent back to. */
    async consent(authorizationUrl: string): Promise<string> {
      const { pathname, search } = new URL(authorizationUrl);
      const reply = await fetch(`${origin}${pathname}${search}`, { redirect: 'manual' });
      return reply.headers.get('location') ?? '';
    },

    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Call {
  readonly request: IncomingMessage;
  readonly form: URLSearchParams;
  /** Whose access token came with it. */
  readonly person: Person | null;
}

const DISCOVERY = {
  issuer: GOOGLE_ISSUER,
  authorization_endpoint: `${GOOGLE_ISSUER}/o/oauth2/v2/auth`,
  token_endpoint: 'https://oauth2.googleapis.com/token',
  jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
};

const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function jwt(claims: object, key: KeyObject): string {
  const signed = `${part({ alg: 'RS256', typ: 'JWT', kid: KEY_ID })}.${part(claims)}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
}
