/** A grey bar in the place of text that is on the way; the sizes come from `className`. */
export const Skeleton = ({ className }: { className: string }) => (
  <span aria-hidden="true" className={`block animate-pulse rounded-sm bg-line ${className}`} />
);
