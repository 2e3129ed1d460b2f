import { Card } from '../ui/card';
import { Skeleton } from '../ui/skeleton';

const TILES = ['a', 'b', 'c', 'd', 'e', 'f'];
/** Heights of bars in percent: any that look like a month. */
const BARS = [34, 52, 47, 61, 70, 38, 30, 55, 66, 72, 64, 80, 44, 36, 58, 75, 69, 82, 77, 90];

/** The shape of figures and their chart while they are on the way. */
export function UsageSkeleton() {
  return (
    <Card className="@container">
      <div className="grid grid-cols-2 gap-px bg-line *:bg-surface @xl:grid-cols-3 @4xl:grid-cols-6">
        {TILES.map((tile) => (
          <div key={tile} className="space-y-3 px-4 py-4.5">
            <Skeleton className="h-3 w-14" />
            <Skeleton className="h-5 w-20" />
            <Skeleton className="h-3 w-10" />
          </div>
        ))}
      </div>
      <div className="border-line border-t p-4 sm:p-5">
        <Skeleton className="mb-4 h-6 w-40" />
        <svg className="block h-58 w-full animate-pulse" aria-hidden="true">
          {BARS.map((height, at) => (
            <rect
              key={height}
              x={`${at * 5 + 1}%`}
              width="3%"
              y={`${100 - height}%`}
              height={`${height}%`}
              rx={1}
              className="fill-line"
            />
          ))}
        </svg>
      </div>
    </Card>
  );
}
