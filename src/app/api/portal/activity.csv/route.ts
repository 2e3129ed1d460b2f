import { activityCsv } from '@/server/api/csv/activity';
import { answerCsv } from '@/server/api/csv/export';
import { currentSignIn } from '@/server/auth/session';
import { getContainer } from '@/server/container';

export const dynamic = 'force-dynamic';

export const GET = async (request: Request): Promise<Response> =>
  answerCsv(activityCsv, request, await getContainer(), currentSignIn);
