import type { NextRequest } from 'next/server';
import NextAuth from 'next-auth/next';
import { authOptions } from '@/server/auth/options';
import { signInTools } from '@/server/auth/sign-in-tools';
import { getContainer } from '@/server/container';

type RouteContext = { params: Promise<{ nextauth: string[] }> };

async function handle(request: NextRequest, context: RouteContext): Promise<Response> {
  const tools = signInTools(await getContainer(), request.headers);
  return NextAuth(request, context, authOptions(tools));
}

export { handle as GET, handle as POST };
