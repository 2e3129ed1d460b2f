import type { PartResults } from '../figures/part-results';
import type { Results } from '../figures/results';
import type { PartName } from '../parts/part';
import type { ScenarioName } from '../scenarios';
import type { SubjectName } from '../subjects/subject';

const WIDTH = 776;
const LABEL_WIDTH = 250;
const VALUE_WIDTH = 96;
const BAR = 20;
const STEP = 28;
const TITLE = 40;

type BarName = SubjectName | PartName;

const LABELS: Readonly<Record<BarName, string>> = {
  direct: 'no proxy',
  bare: 'bare Node proxy, no billing',
  'next-proxy': 'naive Next proxy, no billing',
  portkey: 'Portkey, no billing',
  next: 'Tallygate in Next, full billing',
  'billing-off': 'Tallygate, billing off (bench only)',
  ours: 'Tallygate, full billing',
  'ours-2': 'Tallygate, two processes',
  unobserved: 'Tallygate, without metrics and log (bench only)',
  'settle-hot': 'Tallygate, one hot tenant',
  'settle-1000': 'Tallygate, 1,000 tenants',
  'settle-each': 'one transaction each',
  quota: 'check, admit, deduct, fold',
  'count-ours': 'Tallygate',
  'count-js-tiktoken': 'js-tiktoken',
  'count-long': '1 MB of one character',
};
const OWN: ReadonlySet<BarName> = new Set([
  ...(['ours', 'next', 'billing-off', 'settle-hot', 'settle-1000', 'count-ours'] as const),
]);

interface Bar {
  readonly name: BarName;
  readonly value: number;
}

interface Chart {
  readonly title: string;
  readonly digits: number;
  readonly bars: readonly Bar[];
}

const SHOWN: readonly SubjectName[] = [
  'bare',
  'billing-off',
  'ours',
  'next',
  'next-proxy',
  'portkey',
];

/** CPU of the gateways, and rates of the parts, as bars; readable on a light and a dark page. */
export function drawSvg(results: Results, parts: PartResults): string {
  const bars = (scenario: ScenarioName, figure: 'cpuUsPerRequest' | 'cpuUsPerEvent'): Bar[] =>
    SHOWN.flatMap((name) => {
      const value = results.of(scenario, name)?.[figure]?.median;
      return value === undefined ? [] : [{ name, value }];
    });
  const rates = (...names: readonly PartName[]): Bar[] =>
    names.flatMap((name) => {
      const value = parts.of(name)?.perSecond.median;
      return value === undefined ? [] : [{ name, value }];
    });
  const charts: readonly Chart[] = [
    {
      title: 'CPU µs a request, plain JSON (less is better)',
      digits: 0,
      bars: bars('plain', 'cpuUsPerRequest'),
    },
    {
      title: 'CPU µs an event, SSE of 100 chunks (less is better)',
      digits: 1,
      bars: bars('sse', 'cpuUsPerEvent'),
    },
    {
      title: 'Settlements a second, durable (more is better)',
      digits: 0,
      bars: rates('settle-each', 'settle-1000', 'settle-hot'),
    },
    {
      title: 'Tokens counted a second of CPU, mixed text (more is better)',
      digits: 0,
      bars: rates('count-js-tiktoken', 'count-ours'),
    },
  ];
  let y = 0;
  const drawn = charts
    .filter((chart) => chart.bars.length > 0)
    .map((chart) => {
      const part = drawChart(chart, y);
      y += TITLE + chart.bars.length * STEP;
      return part;
    });
  const height = y + 12;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Gateways side by side">
<style>
text { font: 14px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; }
.bar { fill: #8c959f; }
.own { fill: #1a7f5a; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .bar { fill: #6e7681; }
  .own { fill: #3fb98a; }
}
</style>
${drawn.join('\n')}
</svg>
`;
}

function drawChart({ title, bars, digits }: Chart, top: number): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const room = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
  const lines = bars.map(({ name, value }, index) => {
    const y = top + TITLE + index * STEP;
    const width = Math.max((value / most) * room, 1).toFixed(1);
    const kind = OWN.has(name) ? 'own' : 'bar';
    const figure = value.toLocaleString('en-US', { maximumFractionDigits: digits });
    const valueX = LABEL_WIDTH + Number(width) + 8;
    return [
      `<text x="${LABEL_WIDTH - 10}" y="${y + 15}" text-anchor="end">${LABELS[name]}</text>`,
      `<rect class="${kind}" x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR}" rx="3"/>`,
      `<text x="${valueX}" y="${y + 15}">${figure}</text>`,
    ].join('\n');
  });
  return [`<text class="title" x="8" y="${top + 26}">${title}</text>`, ...lines].join('\n');
}
