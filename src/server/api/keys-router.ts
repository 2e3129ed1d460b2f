import { createKey, createKeyInput } from '../services/keys/create';
import { endOverlap, endOverlapInput } from '../services/keys/end-overlap';
import { revokeKey, revokeKeyInput } from '../services/keys/revoke';
import { rotateKey, rotateKeyInput } from '../services/keys/rotate';
import { setKeyStatus, setKeyStatusInput } from '../services/keys/set-status';
import { updateKey, updateKeyInput } from '../services/keys/update';
import { listKeys } from '../services/portal/list-keys';
import { router, tenantProcedure } from './trpc';

/** The services judge whose key it is. */
const keyProcedure = tenantProcedure('keys.own');

/** A tenant's keys for its members. */
export const keysRouter = router({
  list: tenantProcedure('tenant.read').query(({ ctx }) => listKeys({ ctx: ctx.portalContext })),
  create: keyProcedure
    .input(createKeyInput.omit({ tenantId: true }))
    .mutation(({ ctx, input }) =>
      createKey({ ctx: ctx.services, input: { ...input, tenantId: ctx.portalContext.tenantId } }),
    ),
  update: keyProcedure
    .input(updateKeyInput)
    .mutation(({ ctx, input }) => updateKey({ ctx: ctx.services, input })),
  setStatus: keyProcedure
    .input(setKeyStatusInput)
    .mutation(({ ctx, input }) => setKeyStatus({ ctx: ctx.services, input })),
  rotate: keyProcedure
    .input(rotateKeyInput)
    .mutation(({ ctx, input }) => rotateKey({ ctx: ctx.services, input })),
  endOverlap: keyProcedure
    .input(endOverlapInput)
    .mutation(({ ctx, input }) => endOverlap({ ctx: ctx.services, input })),
  revoke: keyProcedure
    .input(revokeKeyInput)
    .mutation(({ ctx, input }) => revokeKey({ ctx: ctx.services, input })),
});
