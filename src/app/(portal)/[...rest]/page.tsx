import { notFound } from 'next/navigation';
import { isApiPath, portalFor } from '../portal';

/** Any other address: signed out it leads to the sign-in like every page, signed in it is a 404. */
export default async function UnknownPage({ params }: { params: Promise<{ rest: string[] }> }) {
  const { rest } = await params;
  if (!isApiPath(`/${rest[0] ?? ''}`)) await portalFor('/');
  notFound();
}
