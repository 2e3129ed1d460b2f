const COLUMNS = 5;
const ROWS = 5;
const STEP_X = 104;
const STEP_Y = 96;

/** Rows of tally marks, the last group still open: a count that goes on. */
export function TallyPattern({ className }: { className: string }) {
  const groups = Array.from({ length: COLUMNS * ROWS }, (_, index) => ({
    x: (index % COLUMNS) * STEP_X,
    y: Math.floor(index / COLUMNS) * STEP_Y,
    isOpen: index === COLUMNS * ROWS - 1,
  }));
  return (
    <svg
      viewBox={`-4 0 ${COLUMNS * STEP_X - 18} ${ROWS * STEP_Y - 36}`}
      preserveAspectRatio="xMinYMin meet"
      className={className}
      fill="none"
      strokeWidth="2.5"
      strokeLinecap="round"
      aria-hidden="true"
    >
      {groups.map(({ x, y, isOpen }) => (
        <g key={`${x}-${y}`} transform={`translate(${x} ${y})`}>
          <path
            d={isOpen ? 'M10 4v48M28 4v48' : 'M10 4v48M28 4v48M46 4v48M64 4v48'}
            className="stroke-line-strong"
          />
          {isOpen ? null : <path d="M0 45 74 13" className="stroke-accent" />}
        </g>
      ))}
    </svg>
  );
}
