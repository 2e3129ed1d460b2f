import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { variables } from '@/env';
import { GIVEN_BY_FILE } from '@/env-files';

const ROOT = path.join(import.meta.dirname, '../..');
const DEPLOY = path.join(ROOT, 'deploy');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

const composeSchema = z.looseObject({
  services: z.record(
    z.string(),
    z.looseObject({
      image: z.string(),
      build: z
        .looseObject({ context: z.string(), dockerfile: z.string(), target: z.string().optional() })
        .optional(),
      profiles: z.array(z.string()).default([]),
      user: z.string().optional(),
      read_only: z.boolean().optional(),
      environment: z.record(z.string(), z.string()).optional(),
      secrets: z.array(z.string()).default([]),
      volumes: z.array(z.string()).default([]),
      ports: z.array(z.string()).default([]),
      networks: z.array(z.string()),
      command: z.array(z.string()).default([]),
      depends_on: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).optional(),
      stop_grace_period: z.string().optional(),
    }),
  ),
  networks: z.record(z.string(), z.unknown()),
  volumes: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});
const compose = composeSchema.parse(parse(read('deploy/compose.yaml'), { merge: true }));
const services = Object.entries(compose.services);
const instances = services.filter(([name]) => name.startsWith('tallygate-'));

/** The stages of the Dockerfile, each with its instructions, continued lines joined. */
const stages = read('deploy/Dockerfile')
  .replaceAll(/\\\n/g, ' ')
  .split(/^(?=FROM )/m)
  .slice(1)
  .map((stage) => stage.split('\n').filter((line) => line !== '' && !line.startsWith('#')));

/** What a container of our image has in its environment. */
const imageEnv = (stages.at(-1) ?? [])
  .filter((line) => line.startsWith('ENV '))
  .flatMap((line) => [...line.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name]) => name ?? ''));

const isRead = (name: string): boolean =>
  name in variables.shape ||
  name === 'NEXT_TELEMETRY_DISABLED' ||
  GIVEN_BY_FILE.some((secret) => name === `${secret}_FILE`);

describe('compose.yaml', () => {
  test('has two instances, the tools, a proxy, both stores, Prometheus and Grafana', () => {
    expect(Object.keys(compose.services)).toEqual([
      'tallygate-one',
      'tallygate-two',
      'tools',
      'proxy',
      'postgres',
      'redis',
      'prometheus',
      'grafana',
    ]);
  });

  test('gives instances nothing but variables that the server reads', () => {
    for (const [, { environment = {} }] of instances) {
      expect(Object.keys(environment).filter((name) => !isRead(name))).toEqual([]);
    }
  });

  test('has every secret that it names, made by make-secrets.sh, and none in a variable', () => {
    const script = read('deploy/make-secrets.sh');
    const used = new Set(services.flatMap(([, { secrets }]) => secrets));
    expect([...used].sort()).toEqual(Object.keys(compose.secrets).sort());
    for (const [name, { file }] of Object.entries(compose.secrets)) {
      expect(file).toBe(`./secrets/${name}`);
      expect(script).toMatch(new RegExp(`\\b${name}\\b`));
    }
    for (const [, { environment = {}, secrets }] of services) {
      const mounted = Object.values(environment).filter((value) => value.startsWith('/run/'));
      expect(mounted.filter((value) => !secrets.includes(path.basename(value)))).toEqual([]);
      const plain = Object.keys(environment).filter((name) =>
        /SECRET|TOKEN|PASSWORD|KEY/.test(name),
      );
      expect(plain.filter((name) => !name.endsWith('_FILE'))).toEqual([]);
    }
  });

  test('mounts files that exist, and volumes and networks that it declares', () => {
    for (const [, { volumes, networks, build }] of services) {
      const sources = volumes.map((volume) => volume.split(':')[0] ?? '');
      const files = sources.filter((source) => source.startsWith('.'));
      const named = sources.filter((source) => !source.startsWith('.'));
      expect(files.filter((file) => !existsSync(path.join(DEPLOY, file)))).toEqual([]);
      expect(named.filter((name) => !(name in compose.volumes))).toEqual([]);
      expect(networks.filter((name) => !(name in compose.networks))).toEqual([]);
      if (build === undefined) continue;
      expect(existsSync(path.join(DEPLOY, build.context, build.dockerfile))).toBe(true);
    }
  });

  test('names every image with a whole version', () => {
    const foreign = services.filter(([, { build }]) => build === undefined);
    for (const [, { image }] of foreign)
      expect(image).toMatch(/:v?\d+\.\d+(?:\.\d+)?(?:-[a-z]+)?$/);
  });

  test('publishes no port of an instance or a store, and each port on the loopback address alone', () => {
    const published = services.filter(([, { ports }]) => ports.length > 0);
    expect(published.map(([name]) => name)).toEqual(['proxy', 'prometheus', 'grafana']);
    for (const [, { ports }] of published) {
      for (const port of ports) expect(port).toMatch(/^(?:\$\{PUBLISH:-)?127\.0\.0\.1:/);
    }
  });

  test('lets instances write to their own volume alone, and keeps a spool for each', () => {
    const spools = instances.map(([, { read_only, volumes }]) => {
      expect(read_only).toBe(true);
      return volumes;
    });
    expect(spools).toEqual([['spool-one:/data'], ['spool-two:/data']]);
  });

  test('has the tools at hand: the build stage, with the variables of an instance, by name alone', () => {
    const { tools } = compose.services;
    const [[, instance] = []] = instances;
    expect(tools?.profiles).toEqual(['tools']);
    expect(tools?.build).toEqual({ ...instance?.build, target: 'build' });
    expect(read('deploy/Dockerfile')).toMatch(/^FROM \S+ AS build$/m);
    expect(tools?.image).not.toBe(instance?.image);
    expect(tools?.environment).toMatchObject(instance?.environment ?? {});
    expect(tools?.secrets).toEqual(instance?.secrets);
    // Whose the spool's files are.
    expect(`USER ${tools?.user}`).toBe(stages.at(-1)?.find((line) => line.startsWith('USER ')));
    expect(tools?.command).toEqual(['npm', 'run', 'doctor']);
    const known = z.object({ scripts: z.record(z.string(), z.string()) });
    const { scripts } = known.parse(JSON.parse(read('package.json')));
    const ignored = read('.dockerignore').split('\n');
    for (const name of ['doctor', 'audit', 'rotate-encryption-key']) {
      expect(scripts[name]).toBe(`tsx scripts/${name}.ts`);
    }
    expect(ignored).toEqual(expect.arrayContaining(['!scripts', '!src', '!tools', '!drizzle']));
  });

  test('waits longer for an instance to end than its drain may take', () => {
    for (const [, { environment = {}, stop_grace_period: grace = '' }] of instances) {
      const drainMs = Number(environment.DRAIN_DELAY_MS) + Number(environment.DRAIN_MS);
      expect(Number.parseInt(grace, 10) * 1_000).toBeGreaterThan(drainMs + 10_000);
    }
  });

  test('keeps what Redis holds: an append-only file, and no eviction', () => {
    const command = compose.services.redis?.command ?? [];
    const option = (name: string) => command[command.indexOf(`--${name}`) + 1];
    expect(option('appendonly')).toBe('yes');
    expect(option('maxmemory-policy')).toBe('noeviction');
  });
});

describe('the proxy', () => {
  const config = read('deploy/haproxy.cfg');
  const ms = (name: string): number => Number(new RegExp(`\\b${name} (\\d+)ms`).exec(config)?.[1]);

  test('is told every variable that it reads', () => {
    const wanted = [...config.matchAll(/"\$\{([A-Z_]+)\}"/g)].map(([, name]) => name);
    expect(Object.keys(compose.services.proxy?.environment ?? {})).toEqual(wanted);
  });

  test('sees that an instance drains well within its delay', () => {
    const falls = Number(/\bfall (\d+)/.exec(config)?.[1]);
    const seenMs = ms('inter') + falls * ms('fastinter');
    for (const [, { environment = {} }] of instances) {
      expect(Number(environment.DRAIN_DELAY_MS)).toBeGreaterThan(seenMs + 1_000);
    }
  });

  test('repeats no request that may have been bought', () => {
    expect(config).toMatch(/^ {4}retry-on conn-failure$/m);
  });
});

describe('the Dockerfile', () => {
  const [build = [], image = []] = stages;

  test('builds in one stage and runs in another, both of one whole version of Node', () => {
    expect(stages).toHaveLength(2);
    expect(read('deploy/Dockerfile')).toMatch(/^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-[a-z]+-slim$/m);
    for (const [from] of stages) expect(from).toMatch(/^FROM \$\{NODE_IMAGE\}/);
  });

  test('has the scripts before it installs: the last step of an install needs them', () => {
    const at = (text: string) => build.findIndex((line) => line.startsWith(text));
    expect(at('COPY scripts')).toBeGreaterThan(0);
    expect(at('COPY scripts')).toBeLessThan(at('RUN npm ci'));
  });

  test('copies what exists and is not ignored', () => {
    const kept = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(kept.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
    const copied = build
      .filter((line) => line.startsWith('COPY '))
      .flatMap((line) => line.split(' ').slice(1, -1))
      .filter((file) => file !== '.');
    expect(copied.filter((file) => !kept.includes(file))).toEqual([]);
    // What a build is made of, as its own fingerprint has it; there is no `public` yet.
    const sources =
      read('scripts/lib/build.mjs').match(/(?<=^const SOURCES = \[)[^\]]+/m)?.[0] ?? '';
    const names = [...sources.matchAll(/'([^']+)'/g)].map(([, name]) => name ?? '');
    const needed = names.filter((name) => existsSync(path.join(ROOT, name)));
    const isKept = (name: string) =>
      kept.some((each) => name === each || name.startsWith(`${each}/`));
    expect(needed.filter((name) => !isKept(name))).toEqual([]);
  });

  test('sets nothing but variables that the server reads', () => {
    expect(imageEnv.length).toBeGreaterThan(0);
    expect(imageEnv.filter((name) => !isRead(name))).toEqual([]);
  });

  test('runs the server as nobody in particular, and says whether it lives', () => {
    const [user, health, command] = ['USER', 'HEALTHCHECK', 'CMD'].map((name) =>
      image.find((line) => line.startsWith(`${name} `)),
    );
    expect(user).toBe('USER 1000:1000');
    expect(health).toContain('/api/health/live');
    expect(command).toBe('CMD ["node", "dist/node-server.mjs"]');
  });
});

test('Prometheus asks both instances, with the token, for the path that tells the metrics', () => {
  const config = z
    .looseObject({
      rule_files: z.array(z.string()),
      scrape_configs: z.tuple([
        z.looseObject({
          job_name: z.string(),
          metrics_path: z.string(),
          authorization: z.object({ type: z.string(), credentials_file: z.string() }),
          static_configs: z.tuple([z.object({ targets: z.array(z.string()) })]),
        }),
      ]),
    })
    .parse(parse(read('deploy/prometheus/prometheus.yml')));
  const [job] = config.scrape_configs;
  expect(job.job_name).toBe('tallygate');
  expect(job.metrics_path).toBe('/api/metrics');
  expect(job.static_configs[0].targets).toEqual(instances.map(([name]) => `${name}:3000`));
  const { secrets, volumes } = compose.services.prometheus ?? { secrets: [], volumes: [] };
  expect(job.authorization.credentials_file).toBe(`/run/secrets/${secrets[0]}`);
  for (const file of config.rule_files) {
    expect(volumes).toContain(`./prometheus/${file}:/etc/prometheus/${file}:ro`);
  }
});

describe('vercel.json', () => {
  const vercel = z
    .object({
      functions: z.record(z.string(), z.object({ memory: z.number(), maxDuration: z.number() })),
      crons: z.array(z.object({ path: z.string(), schedule: z.string() })),
    })
    .parse(JSON.parse(read('vercel.json')));
  const routes = readdirSync(path.join(ROOT, 'src/app'), { recursive: true })
    .map((file) => `src/app/${String(file)}`)
    .filter((file) => file.endsWith('/route.ts'));

  test('gives each function the time that its route asks for, and names every route that asks', () => {
    const limited = Object.entries(vercel.functions).flatMap(([pattern, { maxDuration }]) => {
      const [folder = '', file = ''] = pattern.includes('**') ? pattern.split('**') : [pattern];
      const named = routes.filter((route) => route.startsWith(folder) && route.endsWith(file));
      expect([pattern, named.length > 0]).toEqual([pattern, true]);
      return named.map((route) => `${route} ${maxDuration}`);
    });
    const asked = routes.flatMap((route) => {
      const [, seconds] = /^export const maxDuration = (\d+);$/m.exec(read(route)) ?? [];
      return seconds === undefined ? [] : [`${route} ${seconds}`];
    });
    expect(limited.sort()).toEqual(asked.sort());
  });

  test('has the books kept every minute, by a route that answers its GET', () => {
    expect(vercel.crons).toEqual([{ path: '/api/cron/maintain', schedule: '* * * * *' }]);
    for (const { path: at } of vercel.crons) {
      expect(read(`src/app${at}/route.ts`)).toMatch(/^export async function GET\(/m);
    }
  });
});
