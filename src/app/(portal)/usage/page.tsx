import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { questionOf } from '@/components/usage/question';
import { portalFor } from '../portal';
import { UsageView } from './usage-view';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('usage.title') };
}

type Search = Promise<Readonly<Record<string, string | string[] | undefined>>>;

export default async function UsagePage({ searchParams }: { searchParams: Search }) {
  const [portal, search] = await Promise.all([portalFor('/usage'), searchParams]);
  const question = questionOf(String(search.range ?? ''), String(search.by ?? ''));
  return <UsageView first={{ question, report: await portal.usage(question) }} />;
}
