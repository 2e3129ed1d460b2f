const COLUMNS = 5;
const ROWS = 7;
const STEP_X = 104;
const STEP_Y = 92;

/** Rows of tally marks, the last group still open: a count that goes on. */
export function TallyPattern() {
  const groups = Array.from({ length: COLUMNS * ROWS }, (_, index) => ({
    x: (index % COLUMNS) * STEP_X,
    y: Math.floor(index / COLUMNS) * STEP_Y,
    strokes: index === COLUMNS * ROWS - 1 ? 3 : 5,
  }));
  return (
    <svg
      viewBox={`-8 -8 ${COLUMNS * STEP_X} ${ROWS * STEP_Y}`}
      className="w-full max-w-xl"
      fill="none"
      strokeWidth="3"
      strokeLinecap="round"
      aria-hidden="true"
    >
      {groups.map(({ x, y, strokes }) => (
        <g key={`${x}-${y}`} transform={`translate(${x} ${y})`}>
          <path
            d="M10 4v48M28 4v48M46 4v48M64 4v48"
            pathLength={strokes === 5 ? undefined : 4}
            strokeDasharray={strokes === 5 ? undefined : `${strokes} 4`}
            className="stroke-ink-3/35"
          />
          {strokes === 5 ? <path d="M0 46 74 12" className="stroke-accent" /> : null}
        </g>
      ))}
    </svg>
  );
}
