// Colours that tell things of one kind apart (nodes, apps); from the eleventh on a pattern helps.
const COLOURS = 10;

/** The CSS colour of the n-th thing. */
export function colourOf(index: number): string {
  return `var(--c${(index % COLOURS) + 1})`;
}

/** What to fill it with: the colour, or the colour with a pattern (needs `<Patterns>` in the page's SVG). */
export function fillOf(index: number): string {
  return index < COLOURS ? colourOf(index) : `url(#pattern-${index})`;
}

/** The patterns of the things from the eleventh on; once, inside an SVG of the page. */
export function Patterns({ count }: { count: number }) {
  return (
    <defs>
      {Array.from({ length: Math.max(0, count - COLOURS) }, (_, over) => over + COLOURS).map((index) => (
        <pattern
          key={index}
          id={`pattern-${index}`}
          width={6}
          height={6}
          patternUnits="userSpaceOnUse"
          patternTransform={`rotate(${Math.floor(index / COLOURS) * 45})`}
        >
          <rect width={6} height={6} fill={colourOf(index)} />
          <rect width={2} height={6} fill="var(--surface)" opacity={0.7} />
        </pattern>
      ))}
    </defs>
  );
}

/** The colour of a thing beside its name. */
export function Swatch({ index }: { index: number }) {
  const colour = colourOf(index);
  const background =
    index < COLOURS ? colour : `repeating-linear-gradient(45deg, ${colour} 0 3px, var(--surface) 3px 5px)`;
  return (
    <span
      aria-hidden
      style={{ background }}
      className="inline-block size-2.5 shrink-0 rounded-xs forced-color-adjust-none"
    />
  );
}
