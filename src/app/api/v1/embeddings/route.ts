// The same handler, spelled out: for a path that only a pattern finds, Next compiles that pattern and
// every rewrite anew with each request.
export { DELETE, GET, OPTIONS, PATCH, POST, PUT } from '../[[...path]]/route';

export const runtime = 'nodejs';
export const dynamic = 'force-dynamic';
export const maxDuration = 300;
