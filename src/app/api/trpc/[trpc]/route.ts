import { handleTrpcRequest } from '@/server/api/trpc-handler';
import { currentSignIn } from '@/server/auth/session';
import { getContainer } from '@/server/container';

export const dynamic = 'force-dynamic';

const handle = async (request: Request): Promise<Response> =>
  handleTrpcRequest(request, await getContainer(), currentSignIn);

export { handle as GET, handle as POST };
