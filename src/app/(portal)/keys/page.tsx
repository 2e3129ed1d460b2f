import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { portalFor, publicBaseUrl } from '../portal';
import { KeysView } from './keys-view';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('keys.title') };
}

export default async function KeysPage() {
  const portal = await portalFor('/keys');
  const [keys, baseUrl] = await Promise.all([portal.keys.list(), publicBaseUrl()]);
  return <KeysView initial={keys} baseUrl={baseUrl} />;
}
