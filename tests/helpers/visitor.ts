import { z } from 'zod';

const csrf = z.object({ csrfToken: z.string() });
const next = z.object({ url: z.url() });
const session = z.object({ sessionId: z.uuid().optional() });

/** A browser as far as signing in needs one: it keeps cookies, and follows no redirect by itself. */
export class Visitor {
  readonly cookies = new Map<string, string>();

  constructor(readonly origin: string) {}

  async visit(path: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    const reply = await fetch(new URL(path, this.origin), {
      redirect: 'manual',
      headers: { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const cookie of reply.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === '' || /;\s*max-age=0/i.test(cookie)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return reply;
  }

  /** Presses the button of another house: the address that it leads to. */
  async leaveFor(provider: 'github' | 'google', callbackUrl = '/'): Promise<string> {
    const { csrfToken } = csrf.parse(await (await this.visit('/api/auth/csrf')).json());
    const form = { csrfToken, callbackUrl, json: 'true' };
    return next.parse(await (await this.visit(`/api/auth/signin/${provider}`, form)).json()).url;
  }

  /** Comes back from there: where the gateway sends it then; past NextAuth's own pages. */
  async comeBack(address: string): Promise<URL> {
    const reply = await this.visit(address);
    const url = new URL(reply.headers.get('location') ?? '', this.origin);
    return url.pathname.startsWith('/api/auth/') ? await this.comeBack(url.href) : url;
  }

  /** Null: signed out. */
  async sessionId(): Promise<string | null> {
    const reply = await this.visit('/api/auth/session');
    return session.parse(await reply.json()).sessionId ?? null;
  }
}
