import { z } from 'zod';
import { giveLink, giveLinkInput, linkView } from '../services/accounts/give-link';
import { auditReport, runAudit } from '../services/audit/run';
import { createCredit, createCreditInput } from '../services/credits/create';
import {
  createInvitation,
  createInvitationInput,
  invitationLink,
} from '../services/invitations/create';
import { createKey, createKeyInput } from '../services/keys/create';
import { revokeKey, revokeKeyInput } from '../services/keys/revoke';
import { createdKeyView } from '../services/keys/view';
import { deleteModel, deleteModelInput } from '../services/models/delete';
import { listModels, modelList } from '../services/models/list';
import { putModel, putModelInput } from '../services/models/put';
import { modelView } from '../services/models/view';
import { dismissQuarantine } from '../services/quarantine/dismiss';
import { listQuarantine } from '../services/quarantine/list';
import { retryQuarantine, retryReport } from '../services/quarantine/retry';
import { quarantineEntryInput, quarantineList } from '../services/quarantine/view';
import { reconcileReport, runReconcile } from '../services/reconcile/run';
import { createTenant, createTenantInput } from '../services/tenants/create';
import { getTenant, getTenantInput } from '../services/tenants/get';
import { updateTenant, updateTenantInput } from '../services/tenants/update';
import { tenantView } from '../services/tenants/view';
import { getTransaction, transactionInput } from '../services/transactions/get';
import {
  listTransactions,
  listTransactionsInput,
  transactionPage,
} from '../services/transactions/list';
import { refundTransaction } from '../services/transactions/refund';
import { receiptView, transactionView } from '../services/transactions/view';
import { deleteUpstream, deleteUpstreamInput } from '../services/upstreams/delete';
import { listUpstreams, upstreamList } from '../services/upstreams/list';
import { putUpstream, putUpstreamInput } from '../services/upstreams/put';
import { upstreamView } from '../services/upstreams/view';
import { operatorProcedure, router } from './trpc';

const nothing = z.void();

/** What the operator can do; the REST face and the reference are drawn from these procedures. */
export const adminRouter = router({
  tenants: router({
    create: operatorProcedure
      .input(createTenantInput)
      .output(tenantView)
      .mutation(({ ctx, input }) => createTenant({ ctx: ctx.services, input })),
    get: operatorProcedure
      .input(getTenantInput)
      .output(tenantView)
      .query(({ ctx, input }) => getTenant({ ctx: ctx.services, input })),
    update: operatorProcedure
      .input(updateTenantInput)
      .output(tenantView)
      .mutation(({ ctx, input }) => updateTenant({ ctx: ctx.services, input })),
  }),
  invitations: router({
    create: operatorProcedure
      .input(createInvitationInput)
      .output(invitationLink)
      .mutation(({ ctx, input }) => createInvitation({ ctx: ctx.services, input })),
  }),
  accounts: router({
    giveLink: operatorProcedure
      .input(giveLinkInput)
      .output(linkView)
      .mutation(({ ctx, input }) => giveLink({ ctx: ctx.services, input })),
  }),
  credits: router({
    create: operatorProcedure
      .input(createCreditInput)
      .output(transactionView)
      .mutation(({ ctx, input }) => createCredit({ ctx: ctx.services, input })),
  }),
  keys: router({
    create: operatorProcedure
      .input(createKeyInput)
      .output(createdKeyView)
      .mutation(({ ctx, input }) => createKey({ ctx: ctx.services, input })),
    revoke: operatorProcedure
      .input(revokeKeyInput)
      .output(nothing)
      .mutation(({ ctx, input }) => revokeKey({ ctx: ctx.services, input })),
  }),
  transactions: router({
    list: operatorProcedure
      .input(listTransactionsInput)
      .output(transactionPage)
      .query(({ ctx, input }) => listTransactions({ ctx: ctx.services, input })),
    get: operatorProcedure
      .input(transactionInput)
      .output(receiptView)
      .query(({ ctx, input }) => getTransaction({ ctx: ctx.services, input })),
    refund: operatorProcedure
      .input(transactionInput)
      .output(nothing)
      .mutation(({ ctx, input }) => refundTransaction({ ctx: ctx.services, input })),
  }),
  models: router({
    list: operatorProcedure.output(modelList).query(({ ctx }) => listModels({ ctx: ctx.services })),
    put: operatorProcedure
      .input(putModelInput)
      .output(modelView)
      .mutation(({ ctx, input }) => putModel({ ctx: ctx.services, input })),
    delete: operatorProcedure
      .input(deleteModelInput)
      .output(nothing)
      .mutation(({ ctx, input }) => deleteModel({ ctx: ctx.services, input })),
  }),
  upstreams: router({
    list: operatorProcedure
      .output(upstreamList)
      .query(({ ctx }) => listUpstreams({ ctx: ctx.services })),
    put: operatorProcedure
      .input(putUpstreamInput)
      .output(upstreamView)
      .mutation(({ ctx, input }) => putUpstream({ ctx: ctx.services, input })),
    delete: operatorProcedure
      .input(deleteUpstreamInput)
      .output(nothing)
      .mutation(({ ctx, input }) => deleteUpstream({ ctx: ctx.services, input })),
  }),
  quarantine: router({
    list: operatorProcedure
      .output(quarantineList)
      .query(({ ctx }) => listQuarantine({ ctx: ctx.services })),
    retry: operatorProcedure
      .input(quarantineEntryInput)
      .output(retryReport)
      .mutation(({ ctx, input }) => retryQuarantine({ ctx: ctx.services, input })),
    dismiss: operatorProcedure
      .input(quarantineEntryInput)
      .output(nothing)
      .mutation(({ ctx, input }) => dismissQuarantine({ ctx: ctx.services, input })),
  }),
  audit: router({
    run: operatorProcedure.output(auditReport).query(async ({ ctx }) => {
      const { ok, invariants } = await runAudit({ ctx: ctx.services });
      return {
        ok,
        invariants: invariants.map((one) => ({ ...one, violations: [...one.violations] })),
      };
    }),
  }),
  reconcile: router({
    run: operatorProcedure
      .output(reconcileReport)
      .mutation(({ ctx }) => runReconcile({ ctx: ctx.services })),
  }),
});
