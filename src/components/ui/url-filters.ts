/** Parameters of an address by name; '' where one is absent. */
export type UrlFilters<Name extends string> = Readonly<Record<Name, string>>;

/** The named parameters of an address, '' where one is absent. */
export const readFilters = <Name extends string>(
  names: readonly Name[],
  read: (name: Name) => string | null | undefined,
): UrlFilters<Name> =>
  Object.fromEntries(names.map((name) => [name, read(name) ?? ''])) as UrlFilters<Name>;
