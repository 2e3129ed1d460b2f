import { answerCsv } from '@/server/api/csv/export';
import { transactionsCsv } from '@/server/api/csv/transactions';
import { currentSignIn } from '@/server/auth/session';
import { getContainer } from '@/server/container';

export const dynamic = 'force-dynamic';

export const GET = async (request: Request): Promise<Response> =>
  answerCsv(transactionsCsv, request, await getContainer(), currentSignIn);
