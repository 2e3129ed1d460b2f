import { z } from 'zod';
import { send } from './wire';

const csrf = z.object({ csrfToken: z.string() });

const cookiesOf = (header: readonly string[] | undefined): string[] =>
  (header ?? []).map((cookie) => cookie.slice(0, cookie.indexOf(';')));

/** Signs in as a browser does, with more headers if given; gives the reply and the cookies to go on with. */
export async function signIn(
  origin: string,
  email: string,
  password: string,
  headers: Readonly<Record<string, string>> = {},
) {
  const asked = await send(origin, { path: '/api/auth/csrf' });
  const { csrfToken } = csrf.parse(JSON.parse(asked.body.toString()));
  const jar = cookiesOf(asked.headers['set-cookie']);
  const reply = await send(origin, {
    method: 'POST',
    path: '/api/auth/callback/credentials',
    headers: {
      ...headers,
      'content-type': 'application/x-www-form-urlencoded',
      cookie: jar.join('; '),
    },
    body: new URLSearchParams({ csrfToken, email, password, json: 'true' }).toString(),
  });
  const cookie = [...jar, ...cookiesOf(reply.headers['set-cookie'])].join('; ');
  return { reply, cookie };
}
