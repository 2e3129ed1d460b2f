import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { portalFor } from '../portal';
import { LimitsView } from './limits-view';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('limits.title') };
}

export default async function LimitsPage() {
  const portal = await portalFor('/limits');
  const [limits, budget, deliveries] = await Promise.all([
    portal.limits(),
    portal.budget.get(),
    portal.deliveries.list({}),
  ]);
  return <LimitsView initial={{ limits, budget, deliveries }} />;
}
