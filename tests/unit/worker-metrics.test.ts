import { describe, expect, test } from 'vitest';
import { createWorkerMetrics, type MeasuredWorker } from '@/server/boot/worker-metrics';
import { createExposition, type Exposition } from '@/server/telemetry/exposition';
import { createMetrics, type Metrics } from '@/server/telemetry/metrics';
import { until } from '../helpers/until';

interface Process {
  readonly metrics: Metrics;
  readonly exposition: Exposition;
  /** Stands still: answers nothing any more. */
  freeze(): void;
  /** Is killed, and the primary has not seen it yet: what is sent to it fails. */
  breakOff(): void;
  die(): void;
}

/** So many processes of one instance, joined as the primary joins them; messages are cloned as by IPC. */
function startInstance(count: number): Process[] {
  const workers: MeasuredWorker[] = [];
  const primary = createWorkerMetrics(() => workers, 50);
  return Array.from({ length: count }, (_, id) => {
    const metrics = createMetrics();
    let take: (message: unknown) => void = () => undefined;
    let isFrozen = false;
    let isBroken = false;
    const worker: MeasuredWorker = {
      id,
      isConnected: () => true,
      send(message, onSent) {
        if (isBroken) return onSent(new Error('write EPIPE'));
        onSent(null);
        if (!isFrozen) setImmediate(() => take(structuredClone(message)));
      },
    };
    workers.push(worker);
    const exposition = createExposition(metrics, () => undefined, {
      send: (message) => void setImmediate(() => primary.take(worker, structuredClone(message))),
      onMessage: (listener) => {
        take = listener;
      },
    });
    return {
      metrics,
      exposition,
      freeze: () => {
        isFrozen = true;
      },
      breakOff: () => {
        isBroken = true;
      },
      die() {
        workers.splice(workers.indexOf(worker), 1);
        primary.ended(id);
      },
    };
  });
}

const valueIn = (text: string, sample: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${sample} `))
      ?.slice(sample.length),
  );

describe('the metrics of an instance with several processes', () => {
  test('are those of all of them, whichever is asked', async () => {
    const processes = startInstance(3);
    processes.forEach(({ metrics }, index) => {
      metrics.deductSuccess.inc(index + 1);
      metrics.billingMs.observe(10);
      metrics.requests.inc({ endpoint: 'models', status: '200' }, 2);
      metrics.inFlight.set(index);
      metrics.spoolWaiting.set(4);
      metrics.postgresUp.set(index === 1 ? 0 : 1);
    });
    for (const { exposition } of processes) {
      const text = await exposition.text();
      expect(valueIn(text, 'billing_deduct_success')).toBe(6);
      expect(valueIn(text, 'billing_duration_ms_bucket{le="10"}')).toBe(3);
      expect(valueIn(text, 'gateway_requests{endpoint="models",status="200"}')).toBe(6);
      expect(valueIn(text, 'gateway_processes')).toBe(3);
      expect(valueIn(text, 'gateway_in_flight')).toBe(3);
      // What they share counts once, and what one lacks is lacking.
      expect(valueIn(text, 'billing_spool_waiting')).toBe(4);
      expect(valueIn(text, 'postgres_up')).toBe(0);
    }
  });

  test('keep what a process had counted when it dies, so that no counter falls', async () => {
    const [first, second, third] = startInstance(3);
    for (const each of [first, second, third]) each?.metrics.deductSuccess.inc(5);
    second?.metrics.inFlight.set(7);
    await first?.exposition.text();
    second?.die();
    third?.die();
    const text = async () => (await first?.exposition.text()) ?? '';
    await until('what they counted', async () => {
      return valueIn(await text(), 'billing_deduct_success') === 15;
    });
    expect(valueIn(await text(), 'gateway_processes')).toBe(1);
    expect(valueIn(await text(), 'gateway_in_flight')).toBe(0);
  });

  test('hold the last known figures of one that stands still, and wait for it only so long', async () => {
    const [first, second] = startInstance(2);
    second?.metrics.deductSuccess.inc(5);
    await first?.exposition.text();
    second?.freeze();
    first?.metrics.deductSuccess.inc(1);
    const text = (await first?.exposition.text()) ?? '';
    expect(valueIn(text, 'billing_deduct_success')).toBe(6);
  });

  test('are told without a process that was killed a moment ago', async () => {
    const [first, second] = startInstance(2);
    second?.breakOff();
    first?.metrics.deductSuccess.inc(1);
    const text = (await first?.exposition.text()) ?? '';
    expect(valueIn(text, 'billing_deduct_success')).toBe(1);
  });
});
