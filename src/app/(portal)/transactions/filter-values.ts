import type { inferRouterInputs } from '@trpc/server';
import { spanOf } from '@/components/data/time-range';
import type { UrlFilters } from '@/components/ui/url-filters';
import type { AppRouter } from '@/server/api/root';
import { TRANSACTION_KINDS, TRANSACTION_STATUSES } from '@/server/domain/charge';
import { isUuid } from '@/server/domain/id-text';
import { parseUsd } from '@/server/domain/money';

/** The parameters of the page's address that choose its rows. */
export const FILTERS = ['range', 'status', 'kind', 'key', 'model', 'min', 'max', 'trace'] as const;
export type FilterName = (typeof FILTERS)[number];

/** Where the page is, and what is open over it. */
export const PLACES = ['before', 'receipt', 'columns'] as const;

export const NO_FILTERS: UrlFilters<FilterName> = {
  range: '',
  status: '',
  kind: '',
  key: '',
  model: '',
  min: '',
  max: '',
  trace: '',
};

export const PAGE_SIZE = 25;

type Input = inferRouterInputs<AppRouter>['portal']['transactions'];

/** What the address asks for; a value that it cannot have is as none, since anybody may edit it. */
export function inputOf(filters: UrlFilters<FilterName>, nowMs: number): Input {
  const { from, to } = spanOf(filters.range, nowMs);
  const status = TRANSACTION_STATUSES.find((one) => one === filters.status);
  const kind = TRANSACTION_KINDS.find((one) => one === filters.kind);
  const [min, max] = [parseUsd(filters.min), parseUsd(filters.max)];
  return {
    ...(from === null ? {} : { from: from.toISOString() }),
    ...(to === null ? {} : { to: to.toISOString() }),
    ...(status === undefined ? {} : { status }),
    ...(kind === undefined ? {} : { kind }),
    ...(isUuid(filters.key) ? { keyId: filters.key } : {}),
    ...(filters.model === '' ? {} : { model: filters.model.slice(0, 200) }),
    ...(min === null ? {} : { amountMin: String(min) }),
    ...(max === null ? {} : { amountMax: String(max) }),
    ...(filters.trace.trim() === '' ? {} : { traceId: filters.trace.trim().slice(0, 128) }),
  };
}
