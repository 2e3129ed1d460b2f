const ORIGIN = 'http://portal.invalid';

/** Where to go after signing in: a path of this site, or the overview for anything else. */
export function safePath(next: string | undefined): string {
  if (next === undefined || !next.startsWith('/') || !URL.canParse(next, ORIGIN)) return '/';
  const url = new URL(next, ORIGIN);
  return url.origin === ORIGIN ? `${url.pathname}${url.search}` : '/';
}
