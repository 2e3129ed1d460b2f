import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { portalFor } from '../../portal';
import { RefusalsView } from './refusals-view';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('refusals.title') };
}

export default async function RefusalsPage() {
  return <RefusalsView limits={await (await portalFor('/limits/refusals')).limits()} />;
}
