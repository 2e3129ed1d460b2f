import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { describedMetrics } from '../../tools/dashboard/dashboard';
import { metricOf, seriesIn } from '../../tools/dashboard/promql';

const ROOT = path.join(import.meta.dirname, '..', '..');
const FOLDER = path.join(ROOT, 'deploy', 'prometheus');
/** Prometheus's own: whether a scrape came through. */
const BUILT_IN = ['up'];

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.strictObject({
          alert: z.string(),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.strictObject({ severity: z.enum(['P1', 'P2', 'P3']) }),
          annotations: z.strictObject({
            summary: z.string().min(10),
            description: z.string().min(10),
            runbook_url: z.string(),
          }),
        }),
      ),
    }),
  ),
});
const triesSchema = z.object({
  tests: z.array(
    z.object({
      promql_expr_test: z.array(
        z.object({ exp_samples: z.array(z.object({ labels: z.string() })) }),
      ),
    }),
  ),
});

const read = (name: string): unknown => parse(readFileSync(path.join(FOLDER, name), 'utf8'));
const rules = rulesSchema.parse(read('alerts.yml')).groups.flatMap((group) => group.rules);
const ruleOf = (name: string) => rules.find((rule) => rule.alert === name);
const oneLine = (expression = ''): string => expression.replace(/\s+/g, ' ').trim();

/** Each heading's anchor, as GitHub makes it. */
const anchors = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );

/** What promtool says of the files in that folder. Throws a sentence where there is no promtool. */
function promtool(...args: string[]) {
  const { status, stdout, stderr, error } = spawnSync(
    process.env.TEST_PROMTOOL ?? 'promtool',
    args,
    { cwd: FOLDER, encoding: 'utf8' },
  );
  if (error)
    throw new Error('There is no promtool: install Prometheus (apt-get install prometheus).');
  return { status, said: `${stdout}${stderr}` };
}

describe('the alerts', () => {
  test('fire when they are to, and not otherwise: promtool says so', () => {
    const { status, said } = promtool('test', 'rules', 'alerts.test.yml');
    expect(said).toContain('SUCCESS');
    expect(status).toBe(0);
  });

  test('and the configuration that names them can be read, with no secret at hand', () => {
    const { status, said } = promtool('check', 'config', '--syntax-only', 'prometheus.yml');
    expect([status, said]).toEqual([0, expect.stringContaining('prometheus.yml')]);
    expect(promtool('check', 'rules', 'alerts.yml')).toMatchObject({
      status: 0,
      said: expect.stringContaining(`SUCCESS: ${rules.length} rules found`),
    });
  });

  test('are each tried by one of promtool’s tests, which sees it fire', () => {
    const fired = triesSchema
      .parse(read('alerts.test.yml'))
      .tests.flatMap((each) => each.promql_expr_test.flatMap((one) => one.exp_samples))
      .map(({ labels }) => /alertname="(\w+)", severity="(P\d)"/.exec(labels)?.slice(1).join(' '));
    const named = rules.map(({ alert, labels }) => `${alert} ${labels.severity}`);
    expect([...new Set(fired)].sort()).toEqual(named.sort());
  });

  test('ask only for metrics that exist', async () => {
    const metrics = await describedMetrics();
    const unknown = rules.flatMap(({ alert, expr }) =>
      seriesIn(expr)
        .filter((series) => !BUILT_IN.includes(series))
        .filter((series) => !metrics.has(metricOf(series, (name) => metrics.has(name))))
        .map((series) => `${alert}: ${series}`),
    );
    expect(unknown).toEqual([]);
  });

  test('lead each to its own section of the runbook, which says what to do', () => {
    const text = readFileSync(path.join(ROOT, 'docs', 'operations.md'), 'utf8');
    const known = anchors(text);
    for (const { alert, labels, annotations } of rules) {
      const [file, anchor = ''] = annotations.runbook_url.split('#');
      expect(file).toBe('docs/operations.md');
      expect(anchor).toBe(alert.toLowerCase());
      expect(known).toContain(anchor);
      const section = text.split(`### ${alert}\n`)[1]?.split('\n### ')[0] ?? '';
      expect(section).toContain(`**${labels.severity}.**`);
      expect(section).toContain('**Do:**');
    }
  });

  test('of the mission have their names, thresholds, times and severities', () => {
    expect(ruleOf('QuotaRedisDbDiff')).toMatchObject({
      expr: 'max by (tenant_id) (quota_redis_db_diff) > 10000000',
      for: '5m',
      labels: { severity: 'P1' },
    });
    expect(ruleOf('BillingFailureRateHigh')).toMatchObject({
      for: '5m',
      labels: { severity: 'P1' },
    });
    expect(oneLine(ruleOf('BillingFailureRateHigh')?.expr)).toMatch(
      /billing_deduct_failure.* > 0\.01$/,
    );
    expect(ruleOf('StreamTokenAccuracyLow')).toMatchObject({
      for: '10m',
      labels: { severity: 'P2' },
    });
    expect(oneLine(ruleOf('StreamTokenAccuracyLow')?.expr)).toMatch(
      /accuracy_pct_sum\[10m\].* \/ .*accuracy_pct_count\[10m\].* < 99$/,
    );
    expect(ruleOf('BillingLatencyHigh')).toMatchObject({ for: '5m', labels: { severity: 'P2' } });
    expect(oneLine(ruleOf('BillingLatencyHigh')?.expr)).toMatch(
      /^histogram_quantile\(0\.99, .*billing_duration_ms_bucket.* > 100$/,
    );
  });
});
