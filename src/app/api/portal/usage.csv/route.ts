import { answerCsv } from '@/server/api/csv/export';
import { usageExport } from '@/server/api/csv/usage';
import { currentSignIn } from '@/server/auth/session';
import { getContainer } from '@/server/container';

export const dynamic = 'force-dynamic';

export const GET = async (request: Request): Promise<Response> =>
  answerCsv(usageExport, request, await getContainer(), currentSignIn);
