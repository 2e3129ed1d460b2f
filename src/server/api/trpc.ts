import { initTRPC, TRPCError } from '@trpc/server';
import { isTallygateError, toTallygateError } from '../domain/errors';
import type { PortalReader } from '../domain/ports/portal';
import type { Actor, ServiceContext } from '../services/context';
import type { PortalContext } from '../services/portal/context';
import { trpcErrorFor } from './trpc-error';

/** What every procedure gets. Who may do what is judged in the procedure, never before it. */
export interface ApiContext {
  readonly requestId: string;
  readonly nowMs: number;
  /** Null: nobody is signed in and no valid admin token was sent. */
  readonly actor: Actor | null;
  /** What the services need apart from who asks. */
  readonly services: Omit<ServiceContext, 'actor'>;
  readonly portal: PortalReader;
}

const t = initTRPC.context<ApiContext>().create({
  errorFormatter: ({ shape, error, ctx }) => {
    const designed = toTallygateError(error.cause, ctx?.requestId ?? 'unknown');
    const known = error.code !== 'INTERNAL_SERVER_ERROR' || isTallygateError(error.cause);
    return {
      ...shape,
      message: known ? error.message : designed.message,
      data: { code: shape.data.code, httpStatus: shape.data.httpStatus },
    };
  },
});

/** Turns a service's designed error into tRPC's shape, once. */
const procedure = t.procedure.use(async ({ next }) => {
  const result = await next();
  if (!result.ok && isTallygateError(result.error.cause)) throw trpcErrorFor(result.error.cause);
  return result;
});

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/** Any member of a tenant; the tenant is the membership's. */
export const memberProcedure = procedure.use(({ ctx, next }) => {
  if (ctx.actor?.kind !== 'account') {
    throw new TRPCError({ code: 'UNAUTHORIZED', message: 'Sign in first.' });
  }
  const portalContext: PortalContext = {
    portal: ctx.portal,
    tenantId: ctx.actor.tenantId,
    nowMs: ctx.nowMs,
  };
  return next({ ctx: { ...ctx, actor: ctx.actor, portalContext } });
});

/** The platform's operator: the admin token. */
export const operatorProcedure = procedure.use(({ ctx, next }) => {
  if (ctx.actor?.kind !== 'operator') {
    throw new TRPCError({ code: 'UNAUTHORIZED', message: 'Send the admin token.' });
  }
  const services: ServiceContext = { ...ctx.services, actor: ctx.actor };
  return next({ ctx: { ...ctx, actor: ctx.actor, services } });
});
