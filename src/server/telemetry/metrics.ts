import { Registry } from 'prom-client';
import { billingMetrics } from './billing-metrics';
import { gatewayMetrics } from './gateway-metrics';
import { metricMakers } from './metric-makers';
import { processMetrics } from './process-metrics';
import { storeMetrics } from './store-metrics';

/** Every metric of the product, in one registry; names are a contract with dashboards and alerts. */
export function createMetrics() {
  const registry = new Registry();
  const makers = metricMakers(registry);
  return {
    registry,
    ...billingMetrics(makers),
    ...storeMetrics(makers),
    ...gatewayMetrics(makers),
    ...processMetrics(makers),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
