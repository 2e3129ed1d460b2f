import { type Aggregator, Counter, Gauge, Histogram, type Registry } from 'prom-client';

export const MS_BUCKETS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];
/** For what takes as long as a model thinks. */
export const LONG_MS_BUCKETS = [...MS_BUCKETS, 10_000, 30_000, 60_000];
export const PCT_BUCKETS = [50, 80, 90, 95, 98, 99, 99.5, 99.9, 100];

export interface GaugeOptions<L extends string> {
  readonly labelNames?: L[];
  /** How the processes of one instance share it: what each has is summed, what all see is not. */
  readonly across: Aggregator;
  /** Reads it when somebody looks. */
  readonly collect?: () => number;
}

/** Makes metrics that belong to this registry. */
export function metricMakers(registry: Registry) {
  const registers = [registry];
  return {
    counter: <L extends string>(name: string, help: string, labelNames: L[] = []) =>
      new Counter({ name, help, labelNames, registers }),
    /** `collect` gives its value so far, which only grows. */
    countedElsewhere(name: string, help: string, collect: () => number) {
      let before = 0;
      const made: Counter = new Counter({
        ...{ name, help, registers },
        collect() {
          const now = collect();
          made.inc(Math.max(0, now - before));
          before = now;
        },
      });
      return made;
    },
    histogram: <L extends string>(
      name: string,
      help: string,
      buckets: number[],
      labelNames: L[] = [],
    ) => new Histogram({ name, help, buckets, labelNames, registers }),
    gauge<L extends string>(name: string, help: string, options: GaugeOptions<L>) {
      const { labelNames = [], across: aggregator, collect } = options;
      const made: Gauge<L> = new Gauge({
        ...{ name, help, labelNames, aggregator, registers },
        ...(collect === undefined ? {} : { collect: () => made.set(collect()) }),
      });
      return made;
    },
  };
}

export type MetricMakers = ReturnType<typeof metricMakers>;
