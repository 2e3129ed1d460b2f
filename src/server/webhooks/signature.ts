import { createHmac } from 'node:crypto';
import { WEBHOOK_SECRET_PREFIX } from '../security/webhook-secret';

/**
 * The three headers of Standard Webhooks: HMAC-SHA256 over id, time and body, so that neither another
 * body nor an old time passes.
 */
export function signatureHeaders(
  secret: string,
  id: string,
  body: string,
  nowMs: number,
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const key = Buffer.from(secret.slice(WEBHOOK_SECRET_PREFIX.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}
