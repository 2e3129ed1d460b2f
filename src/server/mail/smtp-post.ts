import { setTimeout as sleep } from 'node:timers/promises';
import { createTransport } from 'nodemailer';
import type { Post } from '../domain/ports/letters';
import { writeLetter } from './letters';

const TRIES_MAX = 4;
const WAIT_MS = 2_000;
const TIMEOUT_MS = 20_000;

export interface SmtpPostOptions {
  /** smtp://user:password@host:port; smtps:// speaks TLS from the first byte. */
  readonly url: string;
  readonly from: string;
  /** What could not be sent in the end; the address and the words are in neither. */
  readonly onFault: (cause: unknown) => void;
}

/** Letters by SMTP. What waits when the process ends is lost; its person asks again. */
export function createSmtpPost({ url, from, onFault }: SmtpPostOptions): Post {
  const transport = createTransport({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  });
  const deliver = async (to: string, subject: string, text: string): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await transport.sendMail({ from, to: { name: '', address: to }, subject, text });
        return;
      } catch (cause) {
        if (attempt === TRIES_MAX) return onFault(cause);
        await sleep(WAIT_MS * attempt, undefined, { ref: false });
      }
    }
  };
  return {
    isOpen: true,
    send(to, language, letter) {
      const { subject, text } = writeLetter(language, letter);
      void deliver(to, subject, text);
    },
  };
}

/** Where no mail server is set: nothing goes out, and the operator hands links over. */
export const closedPost: Post = { isOpen: false, send: () => undefined };
