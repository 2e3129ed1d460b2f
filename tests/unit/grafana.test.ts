import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const DEPLOY = path.join(import.meta.dirname, '../../deploy');
const read = (file: string): string => readFileSync(path.join(DEPLOY, file), 'utf8');

/** The fields that Grafana's documentation has, of which it reads no others; nothing is left to chance. */
const datasources = z.strictObject({
  apiVersion: z.literal(1),
  datasources: z.tuple([
    z.strictObject({
      name: z.string(),
      uid: z.string().regex(/^[\w-]{1,40}$/),
      type: z.string(),
      access: z.literal('proxy'),
      url: z.url(),
      isDefault: z.boolean(),
      jsonData: z.strictObject({ timeInterval: z.string() }),
    }),
  ]),
});
const providers = z.strictObject({
  apiVersion: z.literal(1),
  providers: z.tuple([
    z.strictObject({
      name: z.string(),
      type: z.literal('file'),
      options: z.strictObject({ path: z.string() }),
    }),
  ]),
});
const datasourceOf = z.looseObject({ type: z.string(), uid: z.string() });
const dashboardSchema = z.looseObject({
  uid: z.string(),
  title: z.string().min(1),
  templating: z.object({
    list: z.tuple([
      z.looseObject({
        name: z.string(),
        type: z.literal('datasource'),
        query: z.string(),
        current: z.object({ text: z.string(), value: z.string() }),
      }),
    ]),
  }),
  panels: z.array(z.looseObject({ type: z.string(), datasource: datasourceOf.optional() })),
});
const services = z
  .looseObject({
    services: z.record(
      z.string(),
      z.looseObject({
        volumes: z.array(z.string()).default([]),
        networks: z.array(z.string()),
        environment: z.record(z.string(), z.string()).optional(),
      }),
    ),
  })
  .parse(parse(read('compose.yaml'), { merge: true })).services;
const mounts = new Map(
  (services.grafana?.volumes ?? []).map((volume): [string, string] => {
    const [source = '', target = ''] = volume.split(':');
    return [target, source];
  }),
);

describe('what Grafana is provisioned with', () => {
  const [source] = datasources.parse(
    parse(read('grafana/provisioning/datasources/prometheus.yaml')),
  ).datasources;
  const [provider] = providers.parse(
    parse(read('grafana/provisioning/dashboards/tallygate.yaml')),
  ).providers;
  const dashboard = dashboardSchema.parse(JSON.parse(read('grafana/tallygate.json')));

  test('lies in the folders that it looks through', () => {
    const folder = mounts.get('/etc/grafana/provisioning') ?? '';
    expect(readdirSync(path.join(DEPLOY, folder)).sort()).toEqual(['dashboards', 'datasources']);
  });

  test('is a data source that leads to the Prometheus of the same file, on the same network', () => {
    const { hostname, port, pathname } = new URL(source.url);
    expect(services[hostname]?.networks).toEqual(services.grafana?.networks);
    // Where Prometheus listens, since its command says nothing else.
    expect([port, pathname]).toEqual(['9090', '/']);
    expect(read('compose.yaml')).not.toContain('--web.listen-address');
  });

  test('reckons rates from the interval at which Prometheus scrapes', () => {
    const { global } = z
      .looseObject({ global: z.looseObject({ scrape_interval: z.string() }) })
      .parse(parse(read('prometheus/prometheus.yml')));
    expect(source.jsonData.timeInterval).toBe(global.scrape_interval);
  });

  test('is a dashboard that opens with this very data source, which every panel of it asks', () => {
    const [variable] = dashboard.templating.list;
    expect(variable.query).toBe(source.type);
    expect(variable.current).toEqual({ text: source.name, value: source.uid });
    expect(source.isDefault).toBe(true);
    const asked = dashboard.panels
      .filter(({ type }) => type !== 'row')
      .map(({ datasource }) => `${datasource?.type} ${datasource?.uid}`);
    expect(new Set(asked)).toEqual(new Set([`${source.type} $${variable.name}`]));
  });

  test('is the dashboard itself, where the provider looks for it', () => {
    expect(mounts.get(`${provider.options.path}/tallygate.json`)).toBe('./grafana/tallygate.json');
  });
});
