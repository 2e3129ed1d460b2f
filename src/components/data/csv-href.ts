/** Where the rows that an input chooses can be downloaded: its fields as the query of the route. */
export function csvHref(route: `/api/portal/${string}.csv`, input: object): string {
  const fields = Object.entries(input).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  return `${route}?${new URLSearchParams(fields)}`;
}
