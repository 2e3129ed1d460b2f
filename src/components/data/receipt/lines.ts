import { parsePrice } from '@/server/domain/pricing';
import type { ReceiptView } from '@/server/domain/receipt';

/** One kind of token on a receipt. */
export interface ReceiptLine {
  readonly kind: 'input' | 'cached' | 'output';
  readonly tokens: number;
  /** Nano-USD for a million; null: no price was kept. */
  readonly pricePerMillion: string | null;
  /** In dollars, exact to 10⁻¹⁸; null where there is no price. */
  readonly cost: string | null;
}

const SCALE_DIGITS = 18;

type Bought = Pick<
  ReceiptView,
  | 'inputTokens'
  | 'cachedTokens'
  | 'outputTokens'
  | 'inputPrice'
  | 'cachedInputPrice'
  | 'outputPrice'
>;

/** What was bought, as it was charged: cached input at its own price, the rest of the input at its. */
export function receiptLines(receipt: Bought): readonly ReceiptLine[] {
  const cached = Math.min(receipt.cachedTokens, receipt.inputTokens);
  const lines = [
    line('input', receipt.inputTokens - cached, receipt.inputPrice),
    line('cached', cached, receipt.cachedInputPrice ?? receipt.inputPrice),
    line('output', receipt.outputTokens, receipt.outputPrice),
  ];
  return lines.filter(({ kind, tokens }) => kind !== 'cached' || tokens > 0);
}

function line(kind: ReceiptLine['kind'], tokens: number, price: string | null): ReceiptLine {
  const scaled = price === null ? null : parsePrice(price);
  if (scaled === null) return { kind, tokens, pricePerMillion: null, cost: null };
  const pricePerMillion = String((scaled * 1_000_000n) / 1_000_000_000n);
  return { kind, tokens, pricePerMillion, cost: dollars(BigInt(tokens) * scaled) };
}

/** 10⁻¹⁸ dollars as a decimal, cents at least. */
function dollars(scaled: bigint): string {
  const digits = scaled.toString().padStart(SCALE_DIGITS + 1, '0');
  const fraction = digits.slice(-SCALE_DIGITS).replace(/0+$/, '').padEnd(2, '0');
  return `$${digits.slice(0, -SCALE_DIGITS)}.${fraction}`;
}
