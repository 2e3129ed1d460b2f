import { z } from 'zod';

const tenantSchema = z.looseObject({
  id: z.string(),
  balance: z.string(),
  held: z.string(),
  available: z.string(),
  dailyUsed: z.number(),
  monthlyUsed: z.number(),
});
const transactionSchema = z.looseObject({
  id: z.string(),
  traceId: z.string(),
  kind: z.string(),
  status: z.string(),
  isStream: z.boolean(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  amount: z.string(),
  balanceAfter: z.string().nullable(),
  finish: z.string().nullable(),
  attempt: z.number(),
});
const keySchema = z.looseObject({ id: z.string(), key: z.string() });
const auditSchema = z.looseObject({
  ok: z.boolean(),
  invariants: z.array(z.looseObject({ name: z.string(), ok: z.boolean() })),
});

export type TenantView = z.infer<typeof tenantSchema>;
export type TransactionView = z.infer<typeof transactionSchema>;

/** A tenant with one key, ready to buy. */
export interface TestTenant {
  readonly id: string;
  readonly keyId: string;
  readonly apiKey: string;
}

/** Speaks the admin REST as an operator would. */
export class AdminClient {
  constructor(
    private readonly origin: string,
    private readonly token: string,
  ) {}

  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const reply = await fetch(`${this.origin}/api/admin/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  /** Upstream `sim` for every model, and priced models to buy. */
  async seedCatalogue(simulatorUrl: string): Promise<void> {
    await this.call('PUT', 'upstreams/sim', {
      baseUrl: simulatorUrl,
      apiKey: 'sk-simulator-secret',
      models: { '*': '*' },
    });
    const price = { inputPrice: '150', outputPrice: '600', contextWindow: 128_000 };
    for (const model of ['sim-fast', 'sim-standard']) {
      await this.call('PUT', `models/${model}`, { ...price, maxOutputTokens: 16_384 });
    }
    await this.call('PUT', 'models/sim-embed', { ...price, outputPrice: '0' });
  }

  async newTenant(fields: object = {}, keyFields: object = {}): Promise<TestTenant> {
    const tenant = tenantSchema
      .pick({ id: true })
      .parse(
        await this.call('POST', 'tenants', { name: 'Test', balance: '1000000000', ...fields }),
      );
    return await this.newKey(tenant.id, keyFields);
  }

  /** One more key of a tenant. */
  async newKey(tenantId: string, keyFields: object = {}): Promise<TestTenant> {
    const key = keySchema.parse(
      await this.call('POST', `tenants/${tenantId}/keys`, { name: 'test', ...keyFields }),
    );
    return { id: tenantId, keyId: key.id, apiKey: key.key };
  }

  async tenant(id: string): Promise<TenantView> {
    return tenantSchema.parse(await this.call('GET', `tenants/${id}`));
  }

  async charges(tenantId: string): Promise<TransactionView[]> {
    const items: TransactionView[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = z
        .looseObject({ items: z.array(transactionSchema), nextCursor: z.string().nullable() })
        .parse(await this.call('GET', `tenants/${tenantId}/transactions?limit=200${query}`));
      items.push(...page.items.filter((item) => item.kind === 'charge'));
      cursor = page.nextCursor;
    } while (cursor !== null);
    return items;
  }

  async audit() {
    return auditSchema.parse(await this.call('GET', 'audit'));
  }
}
