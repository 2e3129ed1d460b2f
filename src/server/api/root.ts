import { accountRouter } from './account-router';
import { adminRouter } from './admin-router';
import { portalRouter } from './portal-router';
import { router } from './trpc';

/** Everything that tRPC serves. */
export const appRouter = router({
  admin: adminRouter,
  account: accountRouter,
  portal: portalRouter,
});

export type AppRouter = typeof appRouter;
