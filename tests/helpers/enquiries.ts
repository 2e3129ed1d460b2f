import { balanceView, quoteView } from '@/server/api/openapi/money-schemas';
import { receiptView } from '@/server/services/transactions/view';
import { type Ask, bodyOf, json, outcomeOf, post, type Reply } from './buy';
import type { TestGateway } from './gateway';

type Buyer = { readonly apiKey: string };

/** One GET as a developer's client sends it. */
export async function enquire(
  gateway: Pick<TestGateway, 'baseUrl'>,
  { apiKey }: Buyer,
  path: string,
): Promise<Reply> {
  const reply = await fetch(`${gateway.baseUrl}/${path}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const bytes = Buffer.from(await reply.arrayBuffer());
  return { status: reply.status, headers: reply.headers, bytes };
}

/** The receipt of a trace; throws on any other reply, and on a field that the reference lacks. */
export async function receiptOf(
  gateway: Pick<TestGateway, 'baseUrl'>,
  buyer: Buyer,
  traceId: string,
) {
  const reply = await enquire(gateway, buyer, `transactions/${traceId}`);
  if (reply.status !== 200) throw new Error(outcomeOf(reply));
  return receiptView.strict().parse(json(reply));
}

/** What the tenant and the key have; throws on any other reply, and on a field unknown to the reference. */
export async function balanceOf(gateway: Pick<TestGateway, 'baseUrl'>, buyer: Buyer) {
  const reply = await enquire(gateway, buyer, 'balance');
  if (reply.status !== 200) throw new Error(outcomeOf(reply));
  return balanceView.strict().parse(json(reply));
}

/** The quote for a plain request or a stream; throws on any other reply, and on an unknown field. */
export async function quoteOf(gateway: TestGateway, buyer: Buyer, ask: Ask = {}, isStream = false) {
  const reply = await post(gateway, buyer.apiKey, 'quote', bodyOf(ask, isStream), ask);
  if (reply.status !== 200) throw new Error(outcomeOf(reply));
  return quoteView.strict().parse(json(reply));
}
