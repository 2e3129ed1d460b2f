import { KEY_QUOTA_TYPES } from '@/server/domain/quota';
import type { LuaTenant } from './lua-bench';
import { KEYS, TRACES } from './lua-commands';
import type { QuotaModel } from './quota-model';
import type { Operation } from './quota-model-state';

type Fields = Record<string, string>;

/** All that a tenant has in Redis, in one form for the store and the model. */
export interface State {
  readonly hash: Fields;
  readonly operations: Fields;
  readonly tombstones: Fields;
  readonly locks: Fields;
  readonly rates: Record<string, Fields>;
  readonly floor: string | null;
}

/** A count of no open operations is as good as none. */
const withoutNoughts = (hash: Fields): Fields =>
  Object.fromEntries(
    Object.entries(hash).filter(
      ([name, value]) => value !== '0' || (!name.startsWith('open:') && name !== 'ops'),
    ),
  );

export async function redisState(tenant: LuaTenant): Promise<State> {
  const { redis } = tenant.bench;
  const [hash, operations, folded, floor, locks, rates] = await Promise.all([
    redis.hgetall(tenant.hash),
    redis.hgetall(tenant.operations),
    redis.zrange(tenant.tombstones, '0', '-1', 'WITHSCORES'),
    redis.get(tenant.floor),
    Promise.all(TRACES.map((trace) => redis.get(tenant.lock(trace)))),
    Promise.all(KEYS.map((key) => redis.hgetall(tenant.rate(key)))),
  ]);
  const tombstones: Fields = {};
  for (let i = 0; i < folded.length; i += 2) tombstones[folded[i] ?? ''] = folded[i + 1] ?? '';
  return {
    hash: withoutNoughts(hash),
    operations,
    tombstones,
    locks: Object.fromEntries(
      TRACES.flatMap((trace, at) => {
        const holder = locks[at];
        return holder ? [[trace, holder]] : [];
      }),
    ),
    rates: Object.fromEntries(
      KEYS.flatMap((key, at) => {
        const fields = rates[at] ?? {};
        return Object.keys(fields).length === 0 ? [] : [[key, fields]];
      }),
    ),
    floor,
  };
}

const strings = (values: Record<string, string | number | bigint>): Fields =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));

const pack = (op: Operation): string =>
  [
    ...[op.amount, op.tokens, op.requests, op.requests, op.key, op.day, op.month, op.lease],
    ...[op.state, op.types.join(',')],
  ].join('|');

export function modelState(model: QuotaModel): State {
  return {
    hash: model.hash === null ? {} : hashFields(model, model.hash),
    operations: Object.fromEntries([...model.operations].map(([id, op]) => [id, pack(op)])),
    tombstones: strings(Object.fromEntries(model.tombstones)),
    locks: Object.fromEntries(model.locks),
    rates: Object.fromEntries(
      [...model.rates].map(([key, { lastRequests, lastTokens, ...rate }]) => [
        key,
        strings({ ...rate, last_requests: lastRequests, last_tokens: lastTokens }),
      ]),
    ),
    floor: model.floor === 0 ? null : String(model.floor),
  };
}

function hashFields(model: QuotaModel, hash: NonNullable<QuotaModel['hash']>): Fields {
  const { row } = hash;
  const fields = strings({
    version: row.version,
    base: row.base,
    balance: model.available(hash),
    credit_limit: row.credit,
    daily_limit: row.dailyLimit ?? '',
    daily_base: hash.day.base,
    daily_used: model.dailyUsed(hash),
    daily_date: hash.day.period,
    monthly_limit: row.monthlyLimit ?? '',
    monthly_base: hash.month.base,
    monthly_used: model.monthlyUsed(hash),
    monthly_month: hash.month.period,
  });
  if (model.operations.size > 0) fields.ops = String(model.operations.size);
  for (const key of KEYS) {
    const open = model.open(key);
    if (open > 0) fields[`open:${key}`] = String(open);
    for (const type of KEY_QUOTA_TYPES)
      Object.assign(fields, keyQuotaFields(model, hash, key, type));
  }
  return fields;
}

function keyQuotaFields(
  model: QuotaModel,
  hash: NonNullable<QuotaModel['hash']>,
  key: string,
  type: (typeof KEY_QUOTA_TYPES)[number],
): Fields {
  const name = `${key}:${type}`;
  const counter = hash.keyQuotas.get(name);
  if (counter === undefined) return {};
  const version = hash.keyVersions.get(name);
  return {
    [`kq:${name}`]: String(model.keyUsed(hash, key, type)),
    [`kqb:${name}`]: String(counter.base),
    [`kqp:${name}`]: counter.period,
    ...(version === undefined ? {} : { [`kqv:${name}`]: String(version) }),
  };
}

/** Every key that a history may leave, so that a test can clear up after itself. */
export const keysOf = (tenant: LuaTenant): string[] => [
  tenant.hash,
  tenant.operations,
  tenant.tombstones,
  tenant.floor,
  ...TRACES.map((trace) => tenant.lock(trace)),
  ...KEYS.map((key) => tenant.rate(key)),
];
