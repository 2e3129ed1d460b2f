import { signIn } from 'next-auth/react';

export type SignInFault = 'refused' | 'tooMany' | 'unconfirmed' | 'unreachable';

const FAULTS: Readonly<Record<string, SignInFault>> = {
  TooManyAttempts: 'tooMany',
  Unconfirmed: 'unconfirmed',
};

/** Signs this browser in; null when that worked. Whoever asks loads the next page anew. */
export async function trySignIn(email: string, password: string): Promise<SignInFault | null> {
  try {
    const reply = await signIn('credentials', { email, password, redirect: false });
    return reply?.ok ? null : (FAULTS[reply?.error ?? ''] ?? 'refused');
  } catch {
    return 'unreachable';
  }
}
