import { newApiKeyId, newTenantId } from '@/server/domain/ids';
import { dayOf, monthOf } from '@/server/domain/period';
import type {
  Catalogue,
  KeyDirectory,
  Ledger,
  ModelRecord,
  QuotaStore,
  UpstreamRoute,
} from '@/server/domain/ports';
import { parsePrice } from '@/server/domain/pricing';
import { NO_RATES, type QuotaRow } from '@/server/domain/quota';

// Stores that cost nothing and keep nothing: they answer at once, always with yes.

const BALANCE_NANO = 1_000_000_000_000_000n;
const tenantId = newTenantId();
const keyId = newApiKeyId();

const now = Date.now();
const quota: QuotaRow = {
  tenantId,
  balanceNano: BALANCE_NANO,
  creditLimitNano: 0n,
  dailyLimit: null,
  dailyUsed: 0,
  dailyDate: dayOf(now),
  monthlyLimit: null,
  monthlyUsed: 0,
  monthlyMonth: monthOf(now),
  version: 1,
};

const notInTheBench = (): Promise<never> => Promise.reject(new Error('Not part of the bench.'));

/** Any well-formed key is the one tenant's. */
export const freeKeys: KeyDirectory = {
  find: async () => ({
    keyId,
    tenantId,
    status: 'active',
    tenantStatus: 'active',
    expiresAtMs: null,
    allowedModels: null,
    allowedIps: null,
    limits: { rpm: null, tpm: null, concurrency: null, quotas: [] },
  }),
};

/** Every model, with the simulator as its one upstream. */
export function freeCatalogue(baseUrl: string): Catalogue {
  const models = new Map<string, ModelRecord>();
  const routes = new Map<string, readonly UpstreamRoute[]>();
  const price = { input: parsePrice('150') ?? 0n, output: parsePrice('600') ?? 0n };
  return {
    async find(id) {
      const known = models.get(id);
      if (known !== undefined) return known;
      const model: ModelRecord = {
        id,
        price: { ...price, cachedInput: null },
        contextWindow: 128_000,
        maxOutputTokens: 16_384,
        tokenizer: null,
        usagePolicy: 'counted',
        createdAtMs: now,
      };
      models.set(id, model);
      return model;
    },
    list: async () => [...models.values()],
    async routes(modelName) {
      const known = routes.get(modelName);
      if (known !== undefined) return known;
      const limits = { weight: 1, priority: 0, timeoutMs: 60_000 };
      const route = [{ upstream: 'sim', baseUrl, apiKey: 'sk-bench', modelName, ...limits }];
      routes.set(modelName, route);
      return route;
    },
  };
}

/** Holds whatever is asked for. */
export const freeQuota: QuotaStore = {
  check: async () => ({ kind: 'ok', availableNano: BALANCE_NANO }),
  admit: async ({ demand }) => ({
    kind: 'admitted',
    store: 'redis',
    heldNano: demand.maxNano,
    heldTokens: demand.maxTokens,
    availableNano: BALANCE_NANO,
    rates: NO_RATES,
    day: quota.dailyDate,
    month: quota.monthlyMonth,
    rateMinute: null,
    rowOpened: false,
  }),
  raise: async () => ({ kind: 'raised' }),
  deduct: async () => ({
    kind: 'deducted',
    balanceNano: BALANCE_NANO,
    dailyUsed: 0,
    monthlyUsed: 0,
  }),
  fold: async () => undefined,
  renew: async () => undefined,
};

/** Books at once, nowhere. */
export const freeLedger: Ledger = {
  findTrace: async () => null,
  openRow: async () => ({ kind: 'opened' }),
  rowStates: async (charges) => charges.map(() => 'open'),
  burnAttempt: async () => undefined,
  checkpoint: async () => 'held',
  renew: async (charges) => charges.map(() => 'held'),
  settle: async () => ({
    kind: 'settled',
    isLate: false,
    balanceAfterNano: BALANCE_NANO,
    quota,
    keyQuotas: [],
  }),
  upForMs: notInTheBench,
  snapshot: notInTheBench,
  snapshots: notInTheBench,
  expired: notInTheBench,
  withoutPendingRow: notInTheBench,
};

/** What a request of the bench never comes to. */
export const unusedPorts = {
  standings: { standing: notInTheBench },
  receipts: { find: notInTheBench },
  spool: { put: notInTheBench, replay: notInTheBench, waiting: async () => 0 },
  quarantine: {
    put: notInTheBench,
    list: notInTheBench,
    find: notInTheBench,
    resolve: notInTheBench,
    waiting: async () => 0,
  },
  answers: { put: notInTheBench, get: async () => null },
};
