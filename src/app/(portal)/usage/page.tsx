import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { questionOf } from '@/components/usage/question';
import { addressOf, type Search } from '../page-address';
import { portalFor } from '../portal';
import { UsageView } from './usage-view';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('usage.title') };
}

export default async function UsagePage({ searchParams }: { searchParams: Search }) {
  const { path, read } = addressOf('/usage', await searchParams);
  const portal = await portalFor(path);
  const question = questionOf(read('range'), read('by'));
  return <UsageView first={{ question, report: await portal.usage(question) }} />;
}
