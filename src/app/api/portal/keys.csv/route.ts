import { answerCsv } from '@/server/api/csv/export';
import { keysCsv } from '@/server/api/csv/keys';
import { currentSignIn } from '@/server/auth/session';
import { getContainer } from '@/server/container';

export const dynamic = 'force-dynamic';

export const GET = async (request: Request): Promise<Response> =>
  answerCsv(keysCsv, request, await getContainer(), currentSignIn);
