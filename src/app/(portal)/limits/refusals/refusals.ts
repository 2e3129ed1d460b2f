import { formatCount, formatMoney } from '@/components/ui/format';
import type { MessageKey, Translate } from '@/messages/translate';
import { ERROR_CODES, type ErrorCode } from '@/server/domain/errors';
import type {
  CountLimit,
  KeyLimitsView,
  Limits,
  RateLimit,
} from '@/server/services/portal/read-limits';

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
    'not_found',
    'method_not_allowed',
    'context_length_exceeded',
    'upstream_rejected',
  ],
  repeat: ['trace_in_flight', 'trace_conflict', 'trace_already_billed'],
  outage: [
    'no_healthy_upstream',
    'upstream_error',
    'upstream_timeout',
    'billing_unavailable',
    'internal_error',
  ],
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

const calm = (text: string): OwnFigures => ({ text, isNow: false, resetsAt: null });

/** What the refusal means for this organisation at the moment; null where nothing of it is its own. */
export function ownFigures(code: RefusalCode, limits: Limits, t: Translate): OwnFigures | null {
  switch (code) {
    case 'insufficient_quota':
      return withKeyQuotas(moneyFigures(limits, t), 'total_', limits.keys, t);
    case 'daily_quota_exceeded': {
      const figures = countFigures(limits.today, limits.dayEndsAt, t);
      return withKeyQuotas(figures, 'daily_', limits.keys, t);
    }
    case 'monthly_quota_exceeded': {
      const figures = countFigures(limits.month, limits.monthEndsAt, t);
      return withKeyQuotas(figures, 'monthly_', limits.keys, t);
    }
    case 'rate_limit_exceeded':
    case 'concurrency_exceeded':
    case 'invalid_api_key':
    case 'model_not_allowed':
    case 'ip_not_allowed':
      return keyFigures(code, limits.keys, t);
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

function moneyFigures(limits: Limits, t: Translate): OwnFigures {
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
}

function countFigures({ used, limit }: CountLimit, resetsAt: string, t: Translate): OwnFigures {
  if (limit === null) {
    return { text: t('refusals.own.noLimit', { used: formatCount(used) }), isNow: false, resetsAt };
  }
  const figures = { used: formatCount(used), limit: formatCount(limit) };
  return { text: t('refusals.own.count', figures), isNow: used >= limit, resetsAt };
}

const QUOTA_WORDS = {
  total_: 'refusals.own.totalQuota',
  daily_: 'refusals.own.dailyQuota',
  monthly_: 'refusals.own.monthlyQuota',
} as const;

/** The same, and which keys have such a quota of their own, and which have used it up. */
function withKeyQuotas(
  figures: OwnFigures,
  period: keyof typeof QUOTA_WORDS,
  keys: readonly KeyLimitsView[],
  t: Translate,
): OwnFigures {
  const quotasOf = (key: KeyLimitsView) => key.quotas.filter(({ type }) => type.startsWith(period));
  const limited = keys.filter((key) => quotasOf(key).length > 0);
  if (limited.length === 0) return figures;
  const spent = limited.filter((key) =>
    quotasOf(key).some(({ used, limit }) => BigInt(used) >= BigInt(limit)),
  );
  const sentence = t(QUOTA_WORDS[period], { list: namesOf(limited, t) });
  return withSpent({ ...figures, text: `${figures.text} ${sentence}` }, spent, t);
}

interface KeyRule {
  /** Whether the key can be refused so, other keys being free of it. */
  readonly isMeant: (key: KeyLimitsView) => boolean;
  readonly some: MessageKey;
  readonly none: MessageKey;
}

const KEY_RULES = {
  rate_limit_exceeded: {
    isMeant: (key) => key.requestsPerMinute !== null || key.tokensPerMinute !== null,
    some: 'refusals.own.rate',
    none: 'refusals.own.noRate',
  },
  concurrency_exceeded: {
    isMeant: (key) => key.concurrency !== null,
    some: 'refusals.own.concurrency',
    none: 'refusals.own.noConcurrency',
  },
  invalid_api_key: {
    isMeant: (key) => key.status !== 'active',
    some: 'refusals.own.notActive',
    none: 'refusals.own.allActive',
  },
  model_not_allowed: {
    isMeant: (key) => key.allowedModels !== null,
    some: 'refusals.own.someModels',
    none: 'refusals.own.everyModel',
  },
  ip_not_allowed: {
    isMeant: (key) => key.allowedIps !== null,
    some: 'refusals.own.someAddresses',
    none: 'refusals.own.everyAddress',
  },
} as const satisfies Partial<Record<RefusalCode, KeyRule>>;

/** Which keys such a refusal can meet, by name, and which meet it now. */
function keyFigures(
  code: keyof typeof KEY_RULES,
  keys: readonly KeyLimitsView[],
  t: Translate,
): OwnFigures {
  const { isMeant, some, none } = KEY_RULES[code];
  if (keys.length === 0) return calm(t('refusals.own.noKeys'));
  const meant = keys.filter(isMeant);
  if (meant.length === 0) return calm(t(none));
  const spent = meant.filter((key) => ratesOf(code, key).some(isSpent));
  return withSpent(calm(t(some, { list: namesOf(meant, t) })), spent, t);
}

function ratesOf(code: RefusalCode, key: KeyLimitsView): readonly (RateLimit | null)[] {
  if (code === 'rate_limit_exceeded') return [key.requestsPerMinute, key.tokensPerMinute];
  return code === 'concurrency_exceeded' ? [key.concurrency] : [];
}

const isSpent = (rate: RateLimit | null): boolean =>
  rate !== null && rate.used !== null && rate.used >= rate.limit;

function withSpent(figures: OwnFigures, spent: readonly KeyLimitsView[], t: Translate): OwnFigures {
  if (spent.length === 0) return figures;
  const sentence = t('refusals.own.spent', { list: namesOf(spent, t) });
  return { ...figures, text: `${figures.text} ${sentence}`, isNow: true };
}

const SHOWN = 3;

function namesOf(keys: readonly KeyLimitsView[], t: Translate): string {
  const shown = keys
    .slice(0, SHOWN)
    .map(({ name }) => name)
    .join(', ');
  return keys.length <= SHOWN ? shown : t('keys.more', { list: shown, count: keys.length - SHOWN });
}
