export const SESSIONS_KEY = ['account', 'sessions'] as const;
