import 'next-auth';
import 'next-auth/jwt';

declare module 'next-auth' {
  interface Session {
    sessionId: string | null;
  }
}

declare module 'next-auth/jwt' {
  interface JWT {
    /** The row that this cookie stands for. */
    sid?: string;
  }
}
