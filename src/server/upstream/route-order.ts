import type { UpstreamRoute } from '@/server/domain/ports';

/** How long an upstream that failed is tried last. */
const COOL_DOWN_MS = 5_000;

/** Remembers which upstreams failed lately, and puts routes into the order to try them in. */
export interface RouteOrder {
  /** By health, then priority (lower first), then at random by weight. */
  order(routes: readonly UpstreamRoute[]): UpstreamRoute[];
  failed(upstream: string): void;
  succeeded(upstream: string): void;
}

export function createRouteOrder(now: () => number, random: () => number): RouteOrder {
  const failedAtMs = new Map<string, number>();
  const isCooling = (name: string): boolean => {
    const at = failedAtMs.get(name);
    return at !== undefined && now() - at < COOL_DOWN_MS;
  };
  return {
    order(routes) {
      const [only] = routes;
      if (routes.length === 1 && only !== undefined) return [only];
      // Weighted random order: the k-th smallest of exponential draws with the weights as rates.
      return routes
        .map((route) => ({
          route,
          cooling: isCooling(route.upstream) ? 1 : 0,
          draw: -Math.log(1 - random()) / Math.max(route.weight, Number.MIN_VALUE),
        }))
        .sort(
          (a, b) => a.cooling - b.cooling || a.route.priority - b.route.priority || a.draw - b.draw,
        )
        .map((entry) => entry.route);
    },
    failed: (upstream) => void failedAtMs.set(upstream, now()),
    succeeded: (upstream) => void failedAtMs.delete(upstream),
  };
}
