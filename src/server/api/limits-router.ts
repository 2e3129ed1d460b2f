import { readBudget } from '../services/budgets/get';
import { removeBudget, setBudget, setBudgetInput } from '../services/budgets/set';
import {
  deliveryInput,
  listDeliveries,
  listDeliveriesInput,
  redeliver,
  testWebhook,
} from '../services/outbox/deliveries';
import {
  removeWebhook,
  rotateWebhookSecret,
  setWebhook,
  setWebhookInput,
} from '../services/webhooks/change';
import { router, tenantProcedure } from './trpc';

const reader = tenantProcedure('tenant.read');
const manager = tenantProcedure('budget.manage');

/** What the tenant means to spend in a month. */
export const budgetRouter = router({
  get: reader.query(({ ctx }) => readBudget({ ctx: ctx.services, tenantId: ctx.tenantId })),
  set: manager
    .input(setBudgetInput)
    .mutation(({ ctx, input }) => setBudget({ ctx: ctx.services, tenantId: ctx.tenantId, input })),
  remove: manager.mutation(({ ctx }) =>
    removeBudget({ ctx: ctx.services, tenantId: ctx.tenantId }),
  ),
});

/** Where the tenant's programs hear of it. */
export const webhookRouter = router({
  set: manager
    .input(setWebhookInput)
    .mutation(({ ctx, input }) => setWebhook({ ctx: ctx.services, tenantId: ctx.tenantId, input })),
  rotateSecret: manager.mutation(({ ctx }) =>
    rotateWebhookSecret({ ctx: ctx.services, tenantId: ctx.tenantId }),
  ),
  remove: manager.mutation(({ ctx }) =>
    removeWebhook({ ctx: ctx.services, tenantId: ctx.tenantId }),
  ),
  test: manager.mutation(({ ctx }) => testWebhook({ ctx: ctx.services, tenantId: ctx.tenantId })),
});

/** What was sent, and what became of it. */
export const deliveriesRouter = router({
  list: reader
    .input(listDeliveriesInput)
    .query(({ ctx, input }) =>
      listDeliveries({ ctx: ctx.services, tenantId: ctx.tenantId, input }),
    ),
  redeliver: manager
    .input(deliveryInput)
    .mutation(({ ctx, input }) => redeliver({ ctx: ctx.services, tenantId: ctx.tenantId, input })),
});
