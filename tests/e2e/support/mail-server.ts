import { appendFileSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { z } from 'zod';

const letterSchema = z.object({ to: z.array(z.string()), text: z.string() });
type Letter = z.infer<typeof letterSchema>;

export interface MailServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A real SMTP server on loopback that keeps what it is given, a line a letter, in a file. */
export async function startMailServer(file: string): Promise<MailServer> {
  appendFileSync(file, '');
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        const letter: Letter = { to, text: textOf(Buffer.concat(parts).toString('latin1')) };
        appendFileSync(file, `${JSON.stringify(letter)}\n`);
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The words of a plain letter, whichever way they were packed. */
function textOf(message: string): string {
  const [head = '', ...rest] = message.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  if (/^content-transfer-encoding: base64/im.test(head)) {
    return Buffer.from(body, 'base64').toString('utf8');
  }
  if (!/^content-transfer-encoding: quoted-printable/im.test(head)) return body;
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** What has arrived for an address, oldest first. */
export const lettersTo = (file: string, address: string): readonly string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => letterSchema.parse(JSON.parse(line)))
    .filter(({ to }) => to.includes(address))
    .map(({ text }) => text);
