export const LIMITS_KEY = ['portal', 'limits'] as const;
export const BUDGET_KEY = ['portal', 'budget'] as const;
export const DELIVERIES_KEY = ['portal', 'deliveries'] as const;
