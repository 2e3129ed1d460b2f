import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { portalFor } from '../portal';
import { KeysView } from './keys-view';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('keys.title') };
}

export default async function KeysPage() {
  const portal = await portalFor('/keys');
  return <KeysView initial={(await portal.keys.list()).items} />;
}
