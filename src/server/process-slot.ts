/**
 * A place in this process that every copy of our modules finds: the self-hosted server and Next's
 * bundles are built apart from each other and would otherwise each have their own.
 */
export interface ProcessSlot<T> {
  get(): T | undefined;
  set(value: T): void;
  clear(): void;
}

/** `isValue` guards what another copy of the code may have put there. */
export function processSlot<T>(
  name: string,
  isValue: (value: unknown) => value is T,
): ProcessSlot<T> {
  const key = Symbol.for(`tallygate.${name}`);
  return {
    get() {
      const value: unknown = Reflect.get(globalThis, key);
      return isValue(value) ? value : undefined;
    },
    set: (value) => void Reflect.set(globalThis, key, value),
    clear: () => void Reflect.deleteProperty(globalThis, key),
  };
}
