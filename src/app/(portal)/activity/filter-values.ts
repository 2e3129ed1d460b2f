import type { inferRouterInputs } from '@trpc/server';
import { spanOf } from '@/components/data/time-range';
import type { UrlFilters } from '@/components/ui/url-filters';
import type { AppRouter } from '@/server/api/root';
import { isUuid } from '@/server/domain/id-text';

/** The parameters of the page's address that choose its rows. */
export const FILTERS = ['range', 'actor', 'action'] as const;
export type FilterName = (typeof FILTERS)[number];

/** Where the page is, and what is open over it. */
export const PLACES = ['before', 'entry'] as const;

export const NO_FILTERS: UrlFilters<FilterName> = { range: '', actor: '', action: '' };
export const PAGE_SIZE = 25;
/** Who is no member and does things all the same. */
export const OPERATOR = 'operator';

type Input = NonNullable<inferRouterInputs<AppRouter>['portal']['activity']>;

/** What the address asks for; a value that it cannot have is as none, since anybody may edit it. */
export function inputOf({ range, actor, action }: UrlFilters<FilterName>, nowMs: number): Input {
  const { from, to } = spanOf(range, nowMs);
  return {
    ...(from === null ? {} : { from: from.toISOString() }),
    ...(to === null ? {} : { to: to.toISOString() }),
    ...(isUuid(actor) || actor === OPERATOR ? { actor } : {}),
    ...(/^[a-z_.]{1,100}$/.test(action) ? { action } : {}),
  };
}
