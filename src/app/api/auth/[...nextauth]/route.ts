import type { NextRequest } from 'next/server';
import NextAuth from 'next-auth/next';
import { authOptions } from '@/server/auth/options';
import { getContainer } from '@/server/container';

type RouteContext = { params: Promise<{ nextauth: string[] }> };

async function handle(request: NextRequest, context: RouteContext): Promise<Response> {
  const container = await getContainer();
  return NextAuth(request, context, authOptions(container.env, container));
}

export { handle as GET, handle as POST };
