import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { questionOf } from '@/components/usage/question';
import { portalFor, publicBaseUrl } from '../portal';
import { OverviewView } from './overview-view';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('overview.title') };
}

type Search = Promise<Readonly<Record<string, string | string[] | undefined>>>;

export default async function OverviewPage({ searchParams }: { searchParams: Search }) {
  const [portal, search] = await Promise.all([portalFor('/'), searchParams]);
  const question = questionOf(String(search.range ?? ''), 'model');
  const [overview, report, baseUrl] = await Promise.all([
    portal.overview(),
    portal.usage(question),
    publicBaseUrl(),
  ]);
  return <OverviewView initial={overview} usage={{ question, report }} baseUrl={baseUrl} />;
}
