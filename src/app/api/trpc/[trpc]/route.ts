import { handleTrpcRequest } from '@/server/api/trpc-handler';
import { currentAccountId } from '@/server/auth/session';
import { getContainer } from '@/server/container';

export const dynamic = 'force-dynamic';

const handle = async (request: Request): Promise<Response> =>
  handleTrpcRequest(request, await getContainer(), currentAccountId);

export { handle as GET, handle as POST };
