import { createKey, createKeyInput } from '../services/keys/create';
import { endOverlap, endOverlapInput } from '../services/keys/end-overlap';
import { revokeKey, revokeKeyInput } from '../services/keys/revoke';
import { rotateKey, rotateKeyInput } from '../services/keys/rotate';
import { setKeyStatus, setKeyStatusInput } from '../services/keys/set-status';
import { updateKey, updateKeyInput } from '../services/keys/update';
import { listKeys } from '../services/portal/list-keys';
import { memberProcedure, router } from './trpc';

/** A tenant's keys for its members; the services judge who may change which. */
export const keysRouter = router({
  list: memberProcedure.query(({ ctx }) => listKeys({ ctx: ctx.portalContext })),
  create: memberProcedure
    .input(createKeyInput.omit({ tenantId: true }))
    .mutation(({ ctx, input }) =>
      createKey({ ctx: ctx.services, input: { ...input, tenantId: ctx.portalContext.tenantId } }),
    ),
  update: memberProcedure
    .input(updateKeyInput)
    .mutation(({ ctx, input }) => updateKey({ ctx: ctx.services, input })),
  setStatus: memberProcedure
    .input(setKeyStatusInput)
    .mutation(({ ctx, input }) => setKeyStatus({ ctx: ctx.services, input })),
  rotate: memberProcedure
    .input(rotateKeyInput)
    .mutation(({ ctx, input }) => rotateKey({ ctx: ctx.services, input })),
  endOverlap: memberProcedure
    .input(endOverlapInput)
    .mutation(({ ctx, input }) => endOverlap({ ctx: ctx.services, input })),
  revoke: memberProcedure
    .input(revokeKeyInput)
    .mutation(({ ctx, input }) => revokeKey({ ctx: ctx.services, input })),
});
