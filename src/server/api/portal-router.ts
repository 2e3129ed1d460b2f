import { listTransactions, listTransactionsInput } from '../services/portal/list-transactions';
import { readOverview } from '../services/portal/read-overview';
import { readUsage } from '../services/portal/read-usage';
import { keysRouter } from './keys-router';
import { memberProcedure, router } from './trpc';

/** What a tenant's members read and do in their own tenant. No input names a tenant. */
export const portalRouter = router({
  overview: memberProcedure.query(({ ctx }) => readOverview({ ctx: ctx.portalContext })),
  keys: keysRouter,
  transactions: memberProcedure
    .input(listTransactionsInput)
    .query(({ ctx, input }) => listTransactions({ ctx: ctx.portalContext, input })),
  usage: memberProcedure.query(({ ctx }) => readUsage({ ctx: ctx.portalContext })),
});
