import { createMetrics } from '@/server/telemetry/metrics';
import { type Panel, ROWS, type Row } from './panels';
import { metricOf, seriesIn } from './promql';

const WIDTH = 24;
const PANEL = { w: 8, h: 8 };
const REFRESH = '30s';

interface Described {
  readonly help: string;
  readonly type: string;
}

/** Every metric of the product by its name. */
export async function describedMetrics(): Promise<ReadonlyMap<string, Described>> {
  const all = await createMetrics().registry.getMetricsAsJSON();
  return new Map(all.map(({ name, help, type }) => [name, { help, type: String(type) }]));
}

/**
 * Grafana's dashboard as it is imported: our rows, and at the end a panel for each metric that none of
 * them shows. Throws where a panel names a metric that does not exist.
 */
export async function buildDashboard(rows: readonly Row[] = ROWS): Promise<object> {
  const metrics = await describedMetrics();
  const shown = new Set(
    rows.flatMap(({ panels }) => panels.flatMap((panel) => metricsOf(panel, metrics))),
  );
  const left = [...metrics].filter(([name]) => !shown.has(name));
  const rest: Row = {
    title: 'All else that is counted',
    panels: left.map(([name, described]) => plainPanel(name, described)),
  };
  return {
    title: 'Tallygate',
    uid: 'tallygate',
    tags: ['tallygate'],
    schemaVersion: 39,
    refresh: REFRESH,
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [
        {
          ...{ name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
          // deploy/grafana/provisioning makes it; where it is not, Grafana takes its default.
          current: { text: 'Prometheus', value: 'prometheus' },
        },
      ],
    },
    panels: laidOut([...rows, rest], metrics),
  };
}

function metricsOf({ title, lines }: Panel, metrics: ReadonlyMap<string, Described>): string[] {
  return Object.values(lines)
    .flatMap(seriesIn)
    .map((series) => {
      const name = metricOf(series, (each) => metrics.has(each));
      if (!metrics.has(name)) throw new Error(`"${title}" names ${series}, which does not exist.`);
      return name;
    });
}

function plainPanel(name: string, { help, type }: Described): Panel {
  const by = '{{instance}}';
  const line = type === 'counter' ? `rate(${name}[$__rate_interval])` : name;
  return { title: help, unit: type === 'counter' ? 'ops' : 'short', lines: { [by]: line } };
}

function laidOut(rows: readonly Row[], metrics: ReadonlyMap<string, Described>): object[] {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      ...{ id: panels.length + 1, type: 'row', title: row.title, collapsed: false, panels: [] },
      gridPos: { x: 0, y, w: WIDTH, h: 1 },
    });
    y += 1;
    const perLine = WIDTH / PANEL.w;
    for (const [index, panel] of row.panels.entries()) {
      const at = { x: (index % perLine) * PANEL.w, y: y + Math.floor(index / perLine) * PANEL.h };
      panels.push(timeSeries(panels.length + 1, panel, at, metrics));
    }
    y += Math.ceil(row.panels.length / perLine) * PANEL.h;
  }
  return panels;
}

function timeSeries(
  id: number,
  panel: Panel,
  at: { readonly x: number; readonly y: number },
  metrics: ReadonlyMap<string, Described>,
): object {
  const helps = [...new Set(metricsOf(panel, metrics))].map((name) => metrics.get(name)?.help);
  return {
    id,
    type: 'timeseries',
    title: panel.title,
    description: helps.join(' '),
    datasource: { type: 'prometheus', uid: '$datasource' },
    gridPos: { ...at, ...PANEL },
    fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
    options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    targets: Object.entries(panel.lines).map(([legendFormat, expr], index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      expr,
      legendFormat,
    })),
  };
}
