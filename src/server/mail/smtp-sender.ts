import { createTransport } from 'nodemailer';
import type { DeliveryOutcome, MailSender } from '../domain/ports/outbox';

const TIMEOUT_MS = 20_000;

export interface SmtpOptions {
  /** smtp://user:password@host:port; smtps:// speaks TLS from the first byte. */
  readonly url: string;
  readonly from: string;
}

/** Letters by SMTP, one attempt at a time. */
export function createSmtpSender({ url, from }: SmtpOptions): MailSender {
  const transport = createTransport({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  });
  const domain = from.slice(from.lastIndexOf('@') + 1).replace(/>.*$/, '');
  return {
    async send(id, { to, subject, text }) {
      const messageId = `<${id}@${domain}>`;
      const letter = { from, to: { name: '', address: to }, subject, text, messageId };
      try {
        await transport.sendMail(letter);
        return { kind: 'sent' };
      } catch (error) {
        return outcomeOf(error);
      }
    },
  };
}

/** A server's 5xx about this letter is its last word; a 4xx, or no answer, is not. */
function outcomeOf(error: unknown): DeliveryOutcome {
  const { code, responseCode }: { code?: unknown; responseCode?: unknown } = Object(error);
  const isFinal = typeof responseCode === 'number' && responseCode >= 500 && code !== 'EAUTH';
  return { kind: 'failed', fault: isFinal ? 'mail_refused' : 'mail_unavailable', isFinal };
}
