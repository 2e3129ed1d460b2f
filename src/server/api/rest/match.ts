import type { RestRoute } from './routes';

const PARAMETER = /\{(\w+)(\+?)\}/g;

/** The names of a pattern's parameters, in order. */
export const parameterNames = (pattern: string): readonly string[] =>
  [...pattern.matchAll(PARAMETER)].map((match) => match[1] ?? '');

interface Compiled {
  readonly route: RestRoute;
  readonly pattern: RegExp;
}

const compile = (route: RestRoute): Compiled => ({
  route,
  pattern: new RegExp(
    `^${route.path.replace(PARAMETER, (_, _name, many) => (many === '' ? '([^/]+)' : '(.+)'))}$`,
  ),
});

export type Match =
  | {
      readonly kind: 'found';
      readonly route: RestRoute;
      readonly params: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'wrong_method'; readonly allowed: readonly string[] }
  | { readonly kind: 'not_found' };

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

function readParams(
  { route, pattern }: Compiled,
  path: string,
): Readonly<Record<string, string>> | null {
  const match = pattern.exec(path);
  if (match === null) return null;
  const values = match.slice(1).map(decode);
  const entries: (readonly [string, string])[] = [];
  for (const [index, name] of parameterNames(route.path).entries()) {
    const value = values[index];
    if (value === undefined || value === null) return null;
    entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}

/** Finds the route of a method and a still encoded path below the face's root. */
export function createMatcher(
  routes: readonly RestRoute[],
): (method: string, path: string) => Match {
  const compiled = routes.map(compile);
  return (method, path) => {
    const fitting = compiled.flatMap((candidate) => {
      const params = readParams(candidate, path);
      return params === null ? [] : [{ route: candidate.route, params }];
    });
    const found = fitting.find(({ route }) => route.method === method);
    if (found !== undefined) return { kind: 'found', ...found };
    if (fitting.length === 0) return { kind: 'not_found' };
    return { kind: 'wrong_method', allowed: fitting.map(({ route }) => route.method) };
  };
}
