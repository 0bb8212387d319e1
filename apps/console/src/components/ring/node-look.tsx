// How a node looks wherever it is drawn: one of eight colours, and from the ninth node on a pattern as well.
const COLOURS = 8;
/** Patterns beside plain colour; after them looks repeat, and names tell nodes apart. */
const PATTERNS = 5;

/** The plain colour, for lines and texts. */
export function nodeColour(number: number): string {
  const colour = `var(--c${(number % COLOURS) + 1})`;
  // Large areas of the bright colours that dark texts need would glare.
  return `light-dark(${colour}, color-mix(in oklab, ${colour} 80%, var(--surface)))`;
}

/** What to fill or stroke with; needs `<NodePatterns>` in the page. */
export function nodePaint(number: number): string {
  const pattern = patternOf(number);
  return pattern === 0 ? nodeColour(number) : `url(#node-${pattern}-${number % COLOURS})`;
}

function patternOf(number: number): number {
  return Math.floor(number / COLOURS) % (PATTERNS + 1);
}

/** Once in a page that draws more than eight nodes. */
export function NodePatterns({ count }: { count: number }) {
  const used = Math.min(Math.max(0, count - COLOURS), COLOURS * PATTERNS);
  if (used === 0) return null;
  return (
    <svg aria-hidden="true" focusable="false" className="absolute size-0">
      <defs>
        {Array.from({ length: used }, (_, i) => i + COLOURS).map((number) => (
          <pattern
            key={number}
            id={`node-${patternOf(number)}-${number % COLOURS}`}
            width={5}
            height={5}
            patternUnits="userSpaceOnUse"
          >
            <rect width={5} height={5} fill={nodeColour(number)} />
            <path d={MARKS[patternOf(number) - 1]} stroke="var(--surface)" strokeWidth={1.25} fill="none" />
          </pattern>
        ))}
      </defs>
    </svg>
  );
}

/** Stripes up, stripes down, dots, lines, a grid: on tiles of five by five. */
const MARKS = [
  'M-1,1L1,-1M0,5L5,0M4,6L6,4',
  'M-1,4L1,6M0,0L5,5M4,-1L6,1',
  'M1.9,2.5h1.2',
  'M0,2.5H5',
  'M0,2.5H5M2.5,0V5',
] as const satisfies { length: typeof PATTERNS };

export function NodeSwatch({ colour }: { colour: number | undefined }) {
  return (
    <svg
      aria-hidden="true"
      focusable="false"
      viewBox="0 0 10 10"
      className="size-2.5 shrink-0 rounded-xs forced-color-adjust-none"
    >
      <rect width={10} height={10} fill={colour === undefined ? 'var(--line-strong)' : nodePaint(colour)} />
    </svg>
  );
}
