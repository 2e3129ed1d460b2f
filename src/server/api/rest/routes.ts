export interface RestRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below /api/admin/v1/. `{x}` is one segment, `{x+}` is one or more; both are input fields. */
  readonly path: string;
  /** In the admin router, whose input and output it takes. */
  readonly procedure: string;
  readonly type: 'query' | 'mutation';
  readonly summary: string;
  readonly successStatus: 200 | 204;
}

const route = (
  method: RestRoute['method'],
  path: string,
  procedure: string,
  summary: string,
): RestRoute => ({
  method,
  path,
  procedure,
  type: method === 'GET' ? 'query' : 'mutation',
  summary,
  successStatus: method === 'DELETE' ? 204 : 200,
});

/** The REST face of the admin router: the whole of it. */
export const ADMIN_ROUTES: readonly RestRoute[] = [
  route('POST', 'tenants', 'tenants.create', 'Make a tenant, with an opening balance if you like'),
  route('GET', 'tenants/{tenantId}', 'tenants.get', 'A tenant with its balance, holds and use'),
  route('PATCH', 'tenants/{tenantId}', 'tenants.update', 'Change a name, a status or limits'),
  route(
    'POST',
    'tenants/{tenantId}/credits',
    'credits.create',
    'Top up, adjust or refund; idempotent by traceId',
  ),
  route(
    'POST',
    'tenants/{tenantId}/invitations',
    'invitations.create',
    'Invite an address to a role; answers the link',
  ),
  route(
    'POST',
    'accounts/links',
    'accounts.giveLink',
    'A link that confirms an address or sets a password, to hand over where no mail is sent',
  ),
  route('POST', 'tenants/{tenantId}/keys', 'keys.create', 'Make an API key; shown this once'),
  route('DELETE', 'keys/{keyId}', 'keys.revoke', 'Revoke an API key'),
  route(
    'GET',
    'tenants/{tenantId}/transactions',
    'transactions.list',
    'A page of the ledger, newest first',
  ),
  route('GET', 'transactions/{traceId}', 'transactions.get', 'The receipt of a trace id'),
  route(
    'DELETE',
    'transactions/{traceId}',
    'transactions.refund',
    'Give back what is left of a charge, by a refund of its own; may be repeated',
  ),
  route('GET', 'models', 'models.list', 'The catalogue'),
  route('PUT', 'models/{modelId+}', 'models.put', 'Add or replace a model'),
  route('DELETE', 'models/{modelId+}', 'models.delete', 'Take a model out of the catalogue'),
  route('GET', 'upstreams', 'upstreams.list', 'Every upstream, without its secret'),
  route('PUT', 'upstreams/{name+}', 'upstreams.put', 'Add or replace an upstream'),
  route('DELETE', 'upstreams/{name+}', 'upstreams.delete', 'Take an upstream away'),
  route('GET', 'quarantine', 'quarantine.list', 'Settlements that the ledger refused'),
  route(
    'POST',
    'quarantine/{operationId}/retry',
    'quarantine.retry',
    'Book a refused settlement once more',
  ),
  route(
    'DELETE',
    'quarantine/{operationId}',
    'quarantine.dismiss',
    'Give a refused settlement up; its charge ends at its last checkpoint',
  ),
  route('GET', 'audit', 'audit.run', 'Check the ledger’s invariants over every tenant'),
  route('POST', 'reconcile', 'reconcile.run', 'Run the reconciler now'),
];
