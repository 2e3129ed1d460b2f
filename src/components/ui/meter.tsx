/** A bar of use against a limit. Sized by SVG attributes, since the CSP allows no inline styles. */
export function Meter({ used, limit, label }: { used: number; limit: number; label: string }) {
  const percent = limit <= 0 ? 100 : Math.min(100, (used / limit) * 100);
  const tone = percent >= 100 ? 'fill-danger' : percent >= 80 ? 'fill-warn-fill' : 'fill-accent';
  return (
    <div>
      <meter className="sr-only" aria-label={label} min={0} max={limit} value={used}>
        {used} / {limit}
      </meter>
      <svg className="block h-1.5 w-full overflow-hidden rounded-full" aria-hidden="true">
        <rect width="100%" height="100%" className="fill-line" />
        <rect
          width={`${percent > 0 ? Math.max(percent, 1) : 0}%`}
          height="100%"
          className={`${tone} transition-[width] duration-500`}
        />
      </svg>
    </div>
  );
}
