import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { OverviewView } from './overview-view';
import { portalFor, publicBaseUrl } from './portal';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('overview.title') };
}

export default async function OverviewPage() {
  const portal = await portalFor('/');
  const [overview, baseUrl] = await Promise.all([portal.overview(), publicBaseUrl()]);
  return <OverviewView initial={overview} baseUrl={baseUrl} />;
}
