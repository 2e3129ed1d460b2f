/** In the place of prom-client, in a server that is built for the bench: nothing is counted. */
class NoMetric {
  inc(): void {}
  set(): void {}
  observe(): void {}
  reset(): void {}
}

export class Counter extends NoMetric {}
export class Gauge extends NoMetric {}
export class Histogram extends NoMetric {}
export class Registry {}
export class AggregatorRegistry extends Registry {}
