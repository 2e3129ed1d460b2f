/** What a browser asks of NextAuth: its own client is fourteen kilobytes, and does much more. */

const ROOT = '/api/auth';

async function csrfToken(): Promise<string> {
  const reply = await fetch(`${ROOT}/csrf`);
  const body: unknown = await reply.json();
  const token: unknown = Object(body).csrfToken;
  if (typeof token !== 'string') throw new Error('There is no CSRF token.');
  return token;
}

/** The address that NextAuth sends the browser to next. Throws when it is out of reach. */
async function post(path: string, fields: Readonly<Record<string, string>>): Promise<URL> {
  const token = await csrfToken();
  const reply = await fetch(`${ROOT}/${path}`, {
    method: 'POST',
    body: new URLSearchParams({ ...fields, csrfToken: token, json: 'true' }),
  });
  const body: unknown = await reply.json();
  const url: unknown = Object(body).url;
  if (typeof url !== 'string') throw new Error('NextAuth named no address.');
  return new URL(url, window.location.href);
}

/** Null: signed in. Else NextAuth's name for what was wrong. */
export async function signInByPassword(email: string, password: string): Promise<string | null> {
  const url = await post('callback/credentials', {
    email,
    password,
    callbackUrl: window.location.href,
  });
  return url.searchParams.get('error');
}

/** Leaves for the other house; it leads back to `next`. */
export async function signInByProvider(provider: string, next: string): Promise<void> {
  const url = await post(`signin/${provider}`, { callbackUrl: next });
  window.location.assign(url);
}

/** Ends this browser's session. */
export async function signOut(): Promise<void> {
  await post('signout', { callbackUrl: '/sign-in' });
}
