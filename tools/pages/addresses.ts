import type { Subject } from '../growth/subject';

/** What a member opens, named; every page, and those of a long ledger in the ways they are asked for. */
export const addressesOf = ({ largest, middle }: Subject): Readonly<Record<string, string>> => ({
  overview: '/',
  'transactions, newest': '/transactions',
  'transactions, from the middle': `/transactions?before=${middle.id}`,
  'transactions of a model': '/transactions?model=sim-large',
  'transactions of a key': `/transactions?key=${largest.keyId}`,
  'transactions, VOIDED': '/transactions?status=VOIDED',
  'transactions, top-ups': '/transactions?kind=topup',
  'transactions, a trace id': `/transactions?trace=${middle.traceId}`,
  'transactions, an amount and a model': '/transactions?min=0.01&model=sim-large',
  'transactions, what none has': '/transactions?min=900000',
  'a receipt over its page': `/transactions?receipt=${middle.traceId}`,
  'usage, 30 days': '/usage?range=30d',
  'usage, a week by the hour': '/usage?range=7d&by=hour',
  'usage, 90 days by model': '/usage?range=90d&by=model',
  'usage, 90 days by key': '/usage?range=90d&by=key',
  'usage, 90 days as CSV': '/api/portal/usage.csv?range=90d&by=day',
  keys: '/keys',
  limits: '/limits',
  refusals: '/limits/refusals',
  models: '/models',
  members: '/members',
  activity: '/activity',
  account: '/account',
});
