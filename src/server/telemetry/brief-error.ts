/** Name, code and stack of an error; its message may quote a query and its values, so it is left out. */
export function briefError(cause: unknown): Readonly<Record<string, unknown>> {
  if (!(cause instanceof Error)) return { type: typeof cause };
  const stack = cause.stack?.split('\n').filter((line) => line.startsWith('    at '));
  const inner = cause.cause === undefined ? {} : { cause: briefError(cause.cause) };
  return { type: cause.name, code: 'code' in cause ? cause.code : undefined, stack, ...inner };
}
