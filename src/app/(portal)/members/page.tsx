import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { portalFor, viewerOf } from '../portal';
import { MembersView } from './members-view';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('members.title') };
}

export default async function MembersPage() {
  const portal = await portalFor('/members');
  const [initial, { membership }] = await Promise.all([
    portal.members.list(),
    viewerOf('/members'),
  ]);
  return <MembersView initial={initial} me={membership} />;
}
