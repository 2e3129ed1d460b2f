import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { buildDashboard, describedMetrics } from '../../tools/dashboard/dashboard';
import { metricOf, seriesIn } from '../../tools/dashboard/promql';

const FILE = path.join(import.meta.dirname, '..', '..', 'deploy', 'grafana', 'tallygate.json');
const dashboardSchema = z.looseObject({
  panels: z.array(
    z.looseObject({
      id: z.number(),
      targets: z.array(z.looseObject({ expr: z.string() })).default([]),
    }),
  ),
});

const panelWith = (expr: string) => [
  { title: 'A row', panels: [{ title: 'Mine', unit: 'short' as const, lines: { a: expr } }] },
];

describe("Grafana's dashboard", () => {
  test('is what npm run dashboard makes of the metrics that there are', async () => {
    const kept: unknown = JSON.parse(readFileSync(FILE, 'utf8'));
    expect(kept).toEqual(await buildDashboard());
  });

  test('shows every metric, and none that does not exist', async () => {
    const metrics = await describedMetrics();
    const { panels } = dashboardSchema.parse(await buildDashboard());
    const shown = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => seriesIn(expr)));
    const names = new Set(shown.map((series) => metricOf(series, (name) => metrics.has(name))));
    expect([...names].sort()).toEqual([...metrics.keys()].sort());
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  test.each(['rate(no_such_metric[5m])', 'max(billing_spool_waitin)', 'billing_duration_ms_mean'])(
    'cannot be made with a panel of %s',
    async (expr) => {
      await expect(buildDashboard(panelWith(expr))).rejects.toThrow(/"Mine" names/);
    },
  );
});

test.each([
  ['sum by (le, model) (rate(a_bucket{model="b_c"}[$__rate_interval]))', ['a_bucket']],
  ['a_b > 0 and delta(a_b[5m] offset 1h) >= 0', ['a_b']],
  ['up{job="x"} == 0 or absent(c_d)', ['up', 'c_d']],
  ['a / on (x_y) group_left (z_w) b', ['a', 'b']],
])('the series of %s are found', (expression, series) => {
  expect(seriesIn(expression)).toEqual(series);
});
