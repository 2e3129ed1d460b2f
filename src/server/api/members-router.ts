import { createInvitation, createInvitationInput } from '../services/invitations/create';
import { revokeInvitation, revokeInvitationInput } from '../services/invitations/revoke';
import { listMembers } from '../services/members/list';
import { removeMember, removeMemberInput } from '../services/members/remove';
import { setRole, setRoleInput } from '../services/members/set-role';
import { deleteTenant, deleteTenantInput } from '../services/tenants/delete';
import { renameTenant, renameTenantInput } from '../services/tenants/rename';
import { router, tenantProcedure } from './trpc';

/** Who belongs to the tenant. */
export const membersRouter = router({
  list: tenantProcedure('members.read').query(({ ctx }) =>
    listMembers({ ctx: ctx.services, tenantId: ctx.tenantId }),
  ),
  setRole: tenantProcedure('members.manage')
    .input(setRoleInput)
    .mutation(({ ctx, input }) => setRole({ ctx: ctx.services, tenantId: ctx.tenantId, input })),
  /** Oneself, which is leaving, or another: the service tells them apart. */
  remove: tenantProcedure('members.read')
    .input(removeMemberInput)
    .mutation(({ ctx, input }) =>
      removeMember({ ctx: ctx.services, tenantId: ctx.tenantId, input }),
    ),
});

/** Who is asked to belong to it. */
export const invitationsRouter = router({
  create: tenantProcedure('members.manage')
    .input(createInvitationInput.omit({ tenantId: true }))
    .mutation(({ ctx, input }) =>
      createInvitation({ ctx: ctx.services, input: { ...input, tenantId: ctx.tenantId } }),
    ),
  revoke: tenantProcedure('members.manage')
    .input(revokeInvitationInput)
    .mutation(({ ctx, input }) =>
      revokeInvitation({ ctx: ctx.services, tenantId: ctx.tenantId, input }),
    ),
});

/** The tenant itself. */
export const tenantRouter = router({
  rename: tenantProcedure('tenant.rename')
    .input(renameTenantInput)
    .mutation(({ ctx, input }) =>
      renameTenant({ ctx: ctx.services, tenantId: ctx.tenantId, input }),
    ),
  delete: tenantProcedure('tenant.delete')
    .input(deleteTenantInput)
    .mutation(({ ctx, input }) =>
      deleteTenant({ ctx: ctx.services, tenantId: ctx.tenantId, input }),
    ),
});
