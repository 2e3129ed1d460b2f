import { NotFoundNote } from '@/components/ui/not-found-note';

export default function PortalNotFound() {
  return <NotFoundNote />;
}
