import { bigint, customType, timestamp } from 'drizzle-orm/pg-core';

/** An integer count of nano-USD. */
export const nano = (name: string) => bigint(name, { mode: 'bigint' });

/** A price in nano-USD per token: an exact decimal, kept as its string. */
export const price = customType<{ data: string; driverData: string }>({
  dataType: () => 'numeric(24, 9)',
});

export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

export const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => 'bytea',
});
