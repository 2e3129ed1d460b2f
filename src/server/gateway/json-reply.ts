import type { GatewayReply } from './types';

export const jsonReply = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): GatewayReply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: Buffer.from(JSON.stringify(body)),
});
