export const MEMBERS_KEY = ['portal', 'members'] as const;
