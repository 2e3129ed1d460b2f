import { answerCsv } from '@/server/api/csv/export';
import { membersCsv } from '@/server/api/csv/members';
import { currentSignIn } from '@/server/auth/session';
import { getContainer } from '@/server/container';

export const dynamic = 'force-dynamic';

export const GET = async (request: Request): Promise<Response> =>
  answerCsv(membersCsv, request, await getContainer(), currentSignIn);
