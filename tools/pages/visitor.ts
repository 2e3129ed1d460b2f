/** A browser without a screen: it keeps its cookies and follows no redirect. */
export class Visitor {
  private readonly jar = new Map<string, string>();

  constructor(private readonly origin: string) {}

  /** The whole body. Throws where the answer is anything but 200: a sign-in page would be quick. */
  async read(path: string): Promise<string> {
    const reply = await this.fetch(path, {});
    if (reply.status !== 200) throw new Error(`${path} answered ${reply.status}.`);
    return await reply.text();
  }

  /** Bytes and lines of a body that is too long to keep. */
  async measure(path: string): Promise<{ readonly bytes: number; readonly lines: number }> {
    const reply = await this.fetch(path, {});
    if (reply.status !== 200 || reply.body === null) {
      throw new Error(`${path} answered ${reply.status}.`);
    }
    let bytes = 0;
    let lines = 0;
    for await (const piece of reply.body) {
      bytes += piece.length;
      for (const byte of piece) lines += byte === LINE_FEED ? 1 : 0;
    }
    return { bytes, lines };
  }

  async post(path: string, fields: Readonly<Record<string, string>>): Promise<void> {
    const reply = await this.fetch(path, { method: 'POST', body: new URLSearchParams(fields) });
    await reply.arrayBuffer();
    if (reply.status >= 400) throw new Error(`${path} answered ${reply.status}.`);
  }

  private async fetch(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const asked = { ...init, headers: { cookie }, redirect: 'manual' as const };
    const reply = await fetch(`${this.origin}${path}`, asked);
    for (const line of reply.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      this.jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return reply;
  }
}

const LINE_FEED = 10;
