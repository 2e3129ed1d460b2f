import { NotFoundNote } from '@/components/ui/not-found-note';

export default function NotFound() {
  return (
    <main className="grid min-h-dvh place-items-center">
      <NotFoundNote />
    </main>
  );
}
