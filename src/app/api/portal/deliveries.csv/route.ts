import { deliveriesCsv } from '@/server/api/csv/deliveries';
import { answerCsv } from '@/server/api/csv/export';
import { currentSignIn } from '@/server/auth/session';
import { getContainer } from '@/server/container';

export const dynamic = 'force-dynamic';

export const GET = async (request: Request): Promise<Response> =>
  answerCsv(deliveriesCsv, request, await getContainer(), currentSignIn);
