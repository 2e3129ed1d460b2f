import { changePassword, changePasswordInput } from '../services/accounts/change-password';
import { confirmEmail, confirmEmailInput } from '../services/accounts/confirm-email';
import { requestReset, requestResetInput } from '../services/accounts/request-reset';
import { resetPassword, resetPasswordInput } from '../services/accounts/reset-password';
import {
  endOtherSessions,
  endSession,
  endSessionInput,
  listSessions,
} from '../services/accounts/sessions';
import { signUp, signUpInput } from '../services/accounts/sign-up';
import { acceptInvitation, acceptInvitationInput } from '../services/invitations/accept';
import { invitationInput, viewInvitation } from '../services/invitations/view';
import { accountProcedure, publicProcedure, router } from './trpc';

/** Accounts: what anybody may ask for, and what is one's own. No input names an account. */
export const accountRouter = router({
  signUp: publicProcedure
    .input(signUpInput)
    .mutation(({ ctx, input }) => signUp({ ctx: ctx.services, input })),
  confirmEmail: publicProcedure
    .input(confirmEmailInput)
    .mutation(({ ctx, input }) => confirmEmail({ ctx: ctx.services, input })),
  requestReset: publicProcedure
    .input(requestResetInput)
    .mutation(({ ctx, input }) => requestReset({ ctx: ctx.services, input })),
  resetPassword: publicProcedure
    .input(resetPasswordInput)
    .mutation(({ ctx, input }) => resetPassword({ ctx: ctx.services, input })),
  invitation: publicProcedure
    .input(invitationInput)
    .query(({ ctx, input }) => viewInvitation({ ctx: ctx.services, input })),
  acceptInvitation: publicProcedure
    .input(acceptInvitationInput)
    .mutation(({ ctx, input }) => acceptInvitation({ ctx: ctx.services, input })),
  changePassword: accountProcedure
    .input(changePasswordInput)
    .mutation(({ ctx, input }) => changePassword({ ctx: ctx.services, input })),
  sessions: accountProcedure.query(({ ctx }) => listSessions({ ctx: ctx.services })),
  endSession: accountProcedure
    .input(endSessionInput)
    .mutation(({ ctx, input }) => endSession({ ctx: ctx.services, input })),
  endOtherSessions: accountProcedure.mutation(({ ctx }) => endOtherSessions({ ctx: ctx.services })),
});
