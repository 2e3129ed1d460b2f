export const dynamic = 'force-dynamic';

/** The process is there. */
export const GET = (): Response => Response.json({ status: 'live' });
