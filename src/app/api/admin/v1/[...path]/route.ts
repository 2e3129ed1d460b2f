import { handleAdminRequest } from '@/server/api/rest/handle';
import { getContainer } from '@/server/container';

export const dynamic = 'force-dynamic';

const handle = async (request: Request): Promise<Response> =>
  handleAdminRequest(request, await getContainer());

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST, handle as PUT };
