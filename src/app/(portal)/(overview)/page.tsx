import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { questionOf } from '@/components/usage/question';
import { addressOf, type Search } from '../page-address';
import { portalFor, publicBaseUrl } from '../portal';
import { OverviewView } from './overview-view';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('overview.title') };
}

export default async function OverviewPage({ searchParams }: { searchParams: Search }) {
  const { path, read } = addressOf('/', await searchParams);
  const portal = await portalFor(path);
  const question = questionOf(read('range'), 'model');
  const [overview, report, baseUrl] = await Promise.all([
    portal.overview(),
    portal.usage(question),
    publicBaseUrl(),
  ]);
  return <OverviewView initial={overview} usage={{ question, report }} baseUrl={baseUrl} />;
}
