import { signInByPassword } from '@/components/session/next-auth';

export type SignInFault = 'refused' | 'tooMany' | 'unconfirmed' | 'unreachable';

const FAULTS: Readonly<Record<string, SignInFault>> = {
  TooManyAttempts: 'tooMany',
  Unconfirmed: 'unconfirmed',
};

/** Signs this browser in; null when that worked. Whoever asks loads the next page anew. */
export async function trySignIn(email: string, password: string): Promise<SignInFault | null> {
  try {
    const fault = await signInByPassword(email, password);
    return fault === null ? null : (FAULTS[fault] ?? 'refused');
  } catch {
    return 'unreachable';
  }
}
