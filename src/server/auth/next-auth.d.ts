import 'next-auth';

declare module 'next-auth' {
  interface Session {
    accountId: string | null;
  }
}
