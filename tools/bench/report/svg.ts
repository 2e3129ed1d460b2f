import type { Results } from '../figures/results';
import type { ScenarioName } from '../scenarios';
import type { SubjectName } from '../subjects/subject';

const WIDTH = 760;
const LABEL_WIDTH = 250;
const VALUE_WIDTH = 80;
const BAR = 20;
const STEP = 28;
const TITLE = 40;

const LABELS: Readonly<Record<SubjectName, string>> = {
  direct: 'no proxy',
  bare: 'bare Node proxy, no billing',
  'next-proxy': 'naive Next proxy, no billing',
  portkey: 'Portkey, no billing',
  next: 'Tallygate in Next, full billing',
  'billing-off': 'Tallygate, billing off (bench only)',
  ours: 'Tallygate, full billing',
  'ours-2': 'Tallygate, two processes',
};

interface Bar {
  readonly name: SubjectName;
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

/** CPU a request and CPU an event as bars; readable on a light and a dark page. */
export function drawSvg(results: Results): string {
  const bars = (scenario: ScenarioName, figure: 'cpuUsPerRequest' | 'cpuUsPerEvent'): Bar[] =>
    SHOWN.flatMap((name) => {
      const value = results.of(scenario, name)?.[figure]?.median;
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
  ];
  let y = 0;
  const parts = charts
    .filter((chart) => chart.bars.length > 0)
    .map((chart) => {
      const part = drawChart(chart, y);
      y += TITLE + chart.bars.length * STEP;
      return part;
    });
  const height = y + 12;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="CPU of gateways side by side">
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
${parts.join('\n')}
</svg>
`;
}

function drawChart({ title, bars, digits }: Chart, top: number): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const room = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
  const lines = bars.map(({ name, value }, index) => {
    const y = top + TITLE + index * STEP;
    const width = Math.max((value / most) * room, 1).toFixed(1);
    const kind = name === 'ours' || name === 'next' || name === 'billing-off' ? 'own' : 'bar';
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
