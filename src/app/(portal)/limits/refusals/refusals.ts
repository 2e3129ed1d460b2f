import { formatCount, formatMoney } from '@/components/ui/format';
import type { Translate } from '@/messages/translate';
import { ERROR_CODES, type ErrorCode } from '@/server/domain/errors';
import type { CountLimit, KeyLimitsView, Limits } from '@/server/services/portal/read-limits';

/** What a developer can be refused with, in the order in which a request is judged. */
const CODES = {
  money: ['insufficient_quota'],
  pace: [
    'rate_limit_exceeded',
    'concurrency_exceeded',
    'daily_quota_exceeded',
    'monthly_quota_exceeded',
  ],
  access: [
    'invalid_api_key',
    'tenant_suspended',
    'model_not_allowed',
    'ip_not_allowed',
    'model_not_found',
  ],
  request: [
    'invalid_json',
    'invalid_field',
    'invalid_trace_id',
    'request_too_large',
    'unsupported_media_type',
  ],
  repeat: ['trace_in_flight', 'trace_conflict', 'trace_already_billed'],
  outage: ['no_healthy_upstream', 'upstream_error', 'upstream_timeout', 'billing_unavailable'],
} as const satisfies Readonly<Record<string, readonly ErrorCode[]>>;

type Group = keyof typeof CODES;
export type RefusalCode = (typeof CODES)[Group][number];

export interface Refusal {
  readonly code: RefusalCode;
  readonly status: number;
}

const NAMES: readonly Group[] = ['money', 'pace', 'access', 'request', 'repeat', 'outage'];

export const GROUPS: readonly { readonly name: Group; readonly refusals: readonly Refusal[] }[] =
  NAMES.map((name) => ({
    name,
    refusals: CODES[name].map((code) => ({ code, status: ERROR_CODES[code].status })),
  }));

export interface OwnFigures {
  readonly text: string;
  /** Whether requests meet this refusal now. */
  readonly isNow: boolean;
  readonly resetsAt: string | null;
}

/** What the refusal means for this organisation at the moment; null where nothing of it is its own. */
export function ownFigures(code: RefusalCode, limits: Limits, t: Translate): OwnFigures | null {
  const calm = (text: string): OwnFigures => ({ text, isNow: false, resetsAt: null });
  const { keys } = limits;
  switch (code) {
    case 'insufficient_quota':
      return {
        text: t('refusals.own.money', {
          spendable: formatMoney(limits.spendableNano),
          balance: formatMoney(limits.balanceNano),
          credit: formatMoney(limits.creditLimitNano),
          held: formatMoney(limits.heldNano),
        }),
        isNow: BigInt(limits.spendableNano) <= 0n,
        resetsAt: null,
      };
    case 'daily_quota_exceeded':
      return countFigures(limits.today, limits.dayEndsAt, t);
    case 'monthly_quota_exceeded':
      return countFigures(limits.month, limits.monthEndsAt, t);
    case 'rate_limit_exceeded':
      return calm(
        keysWith(keys, (key) => key.requestsPerMinute !== null || key.tokensPerMinute !== null, t),
      );
    case 'concurrency_exceeded':
      return calm(keysWith(keys, (key) => key.concurrency !== null, t));
    case 'model_not_allowed':
      return calm(keysWith(keys, (key) => key.allowedModels !== null, t));
    case 'ip_not_allowed':
      return calm(keysWith(keys, (key) => key.allowedIps !== null, t));
    case 'model_not_found':
      return calm(t('refusals.own.models', { count: formatCount(limits.models) }));
    case 'tenant_suspended':
      return {
        ...calm(t(limits.suspended ? 'refusals.own.suspended' : 'refusals.own.active')),
        isNow: limits.suspended,
      };
    default:
      return null;
  }
}

function countFigures({ used, limit }: CountLimit, resetsAt: string, t: Translate): OwnFigures {
  if (limit === null) {
    const text = t('refusals.own.noLimit', { used: formatCount(used) });
    return { text, isNow: false, resetsAt: null };
  }
  const figures = { used: formatCount(used), limit: formatCount(limit) };
  return { text: t('refusals.own.count', figures), isNow: used >= limit, resetsAt };
}

const SHOWN = 3;

/** Which keys such a limit holds back, by name. */
function keysWith(
  keys: readonly KeyLimitsView[],
  isHeldBack: (key: KeyLimitsView) => boolean,
  t: Translate,
): string {
  const names = keys.filter(isHeldBack).map(({ name }) => name);
  if (names.length === 0) return t('refusals.own.noKey');
  const shown = names.slice(0, SHOWN).join(', ');
  const list =
    names.length <= SHOWN ? shown : t('keys.more', { list: shown, count: names.length - SHOWN });
  return t('refusals.own.keys', { list });
}
