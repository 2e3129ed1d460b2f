import { listKeys } from '../services/portal/list-keys';
import { listTransactions, listTransactionsInput } from '../services/portal/list-transactions';
import { readOverview } from '../services/portal/read-overview';
import { readUsage } from '../services/portal/read-usage';
import { memberProcedure, router } from './trpc';

/** What a tenant's members read about their own tenant. No input names a tenant. */
export const portalRouter = router({
  overview: memberProcedure.query(({ ctx }) => readOverview({ ctx: ctx.portalContext })),
  keys: memberProcedure.query(({ ctx }) => listKeys({ ctx: ctx.portalContext })),
  transactions: memberProcedure
    .input(listTransactionsInput)
    .query(({ ctx, input }) => listTransactions({ ctx: ctx.portalContext, input })),
  usage: memberProcedure.query(({ ctx }) => readUsage({ ctx: ctx.portalContext })),
});
