import { openApiDocument } from '@/server/api/openapi/document';

export const dynamic = 'force-static';

export const GET = (): Response => Response.json(openApiDocument());
