import { initTRPC } from '@trpc/server';
import { errorBody, isTallygateError, TallygateError } from '../domain/errors';
import type { Action } from '../domain/permissions';
import { requireSignedIn } from '../services/permission';
import type { ApiContext } from './context';
import { designedError, toTrpcError } from './errors';
import { portalContextOf } from './portal-context';

const t = initTRPC.context<ApiContext>().create({
  // Stack traces never leave the server, whatever NODE_ENV says.
  isDev: false,
  errorFormatter({ shape, error, ctx }) {
    const designed = designedError(error, ctx?.requestId ?? 'unknown');
    return {
      ...shape,
      message: designed.message,
      data: {
        code: shape.data.code,
        httpStatus: shape.data.httpStatus,
        error: errorBody(designed).error,
      },
    };
  },
});

export const router = t.router;

const baseProcedure = t.procedure.use(async ({ next }) => {
  const result = await next();
  if (!result.ok && isTallygateError(result.error.cause)) throw toTrpcError(result.error.cause);
  return result;
});

/** For whoever holds the admin token; the services judge again. */
export const operatorProcedure = baseProcedure.use(({ ctx, next }) => {
  const { actor } = ctx;
  if (actor === null) {
    throw new TallygateError('invalid_api_key', 'The admin token is missing or wrong.');
  }
  if (actor.kind === 'account') {
    throw new TallygateError('forbidden', 'Only the operator of this platform may do this.');
  }
  return next({ ctx: { services: ctx.container.serviceContext(actor, ctx.address, ctx.browser) } });
});

/** For anybody, signed in or not; the services judge what they may. */
export const publicProcedure = baseProcedure.use(({ ctx, next }) =>
  next({
    ctx: { services: ctx.container.serviceContext({ kind: 'nobody' }, ctx.address, ctx.browser) },
  }),
);

/** For a signed-in account and what is its own, whatever tenants it belongs to. */
export const accountProcedure = publicProcedure.use(({ ctx, next }) => {
  requireSignedIn(ctx.services);
  return next();
});

/** For an account in its tenant, which comes from the membership, never from the input. */
export const tenantProcedure = (action: Action) =>
  baseProcedure.use(({ ctx, next }) => {
    const { container, address, browser } = ctx;
    const portalContext = portalContextOf(container, ctx.actor, action);
    const { actor, tenantId } = portalContext;
    const services = container.serviceContext(actor, address, browser);
    return next({ ctx: { portalContext, services, tenantId } });
  });
