import type { Metadata } from 'next';
import { requestTranslator } from '@/app/preferences';
import { portalFor } from '../portal';
import { ModelsView } from './models-view';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await requestTranslator())('models.title') };
}

export default async function ModelsPage() {
  const { items } = await (await portalFor('/models')).models();
  return <ModelsView models={items} />;
}
