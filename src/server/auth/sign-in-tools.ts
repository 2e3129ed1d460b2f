import { requestLanguage } from '../api/browser';
import { requestAddress } from '../api/client-address';
import type { Container } from '../container';
import type { SignInTools } from './options';

/** What signing in over this request reaches. */
export function signInTools(container: Container, headers: Headers): SignInTools {
  const { env, accounts, attempts, log } = container;
  const address = requestAddress(headers);
  const userAgent = headers.get('user-agent');
  const services = container.serviceContext({ kind: 'nobody' }, address, {
    signedIn: null,
    language: requestLanguage(headers),
    userAgent,
  });
  return {
    env,
    accounts,
    attempts,
    log,
    browser: { address, userAgent },
    services,
    async endSession(sessionId) {
      const session = await accounts.session(sessionId);
      if (session === null) return;
      await services.unitOfWork.transact((tx) => tx.sessions.end(session.accountId, sessionId));
    },
  };
}
