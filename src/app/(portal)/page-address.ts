/** What Next gives a page of its address. */
export type Search = Promise<Readonly<Record<string, string | string[] | undefined>>>;

/**
 * The address of a page with its parameters: `path` is where who has to sign in first comes back to,
 * `read` gives a parameter, the first where it is there twice, '' where it is not there.
 */
export function addressOf(page: string, search: Awaited<Search>) {
  const entries = Object.entries(search).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one ?? '']),
  );
  const query = new URLSearchParams(entries).toString();
  return {
    path: query === '' ? page : `${page}?${query}`,
    read: (name: string): string => [search[name]].flat()[0] ?? '',
  };
}
