import { listActivity, listActivityInput } from '../services/portal/list-activity';
import { listCatalogue } from '../services/portal/list-models';
import { listTransactions, listTransactionsInput } from '../services/portal/list-transactions';
import { readLimits } from '../services/portal/read-limits';
import { readOverview } from '../services/portal/read-overview';
import { readUsage, readUsageInput } from '../services/portal/read-usage';
import { getTransaction, transactionInput } from '../services/transactions/get';
import { keysRouter } from './keys-router';
import { budgetRouter, deliveriesRouter, webhookRouter } from './limits-router';
import { invitationsRouter, membersRouter, tenantRouter } from './members-router';
import { router, tenantProcedure } from './trpc';

const reader = tenantProcedure('tenant.read');

/** What a tenant's members read and do in their own tenant. No input names a tenant. */
export const portalRouter = router({
  overview: reader.query(({ ctx }) => readOverview({ ctx: ctx.portalContext })),
  keys: keysRouter,
  limits: reader.query(({ ctx }) => readLimits({ ctx: ctx.portalContext })),
  models: reader.query(({ ctx }) => listCatalogue({ ctx: ctx.services })),
  budget: budgetRouter,
  webhook: webhookRouter,
  deliveries: deliveriesRouter,
  transactions: reader
    .input(listTransactionsInput)
    .query(({ ctx, input }) => listTransactions({ ctx: ctx.portalContext, input })),
  receipt: reader
    .input(transactionInput.omit({ tenantId: true }))
    .query(({ ctx, input }) =>
      getTransaction({ ctx: ctx.services, input: { ...input, tenantId: ctx.tenantId } }),
    ),
  usage: reader
    .input(readUsageInput)
    .query(({ ctx, input }) => readUsage({ ctx: ctx.portalContext, input })),
  activity: tenantProcedure('activity.read')
    .input(listActivityInput)
    .query(({ ctx, input }) => listActivity({ ctx: ctx.portalContext, input })),
  members: membersRouter,
  invitations: invitationsRouter,
  tenant: tenantRouter,
});
