import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { portalFor } from '../portal';
import { UsageView } from './usage-view';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('usage.title') };
}

export default async function UsagePage() {
  const portal = await portalFor('/usage');
  return <UsageView initial={await portal.usage()} />;
}
