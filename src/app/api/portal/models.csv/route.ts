import { answerCsv } from '@/server/api/csv/export';
import { modelsCsv } from '@/server/api/csv/models';
import { currentSignIn } from '@/server/auth/session';
import { getContainer } from '@/server/container';

export const dynamic = 'force-dynamic';

export const GET = async (request: Request): Promise<Response> =>
  answerCsv(modelsCsv, request, await getContainer(), currentSignIn);
