import { getContainer } from '@/server/container';
import { handleWebRequest } from '@/server/gateway/adapters/web';

export const runtime = 'nodejs';
export const dynamic = 'force-dynamic';
export const maxDuration = 300;

const handle = async (request: Request): Promise<Response> =>
  handleWebRequest((await getContainer()).handle, request);

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST, handle as PUT };
