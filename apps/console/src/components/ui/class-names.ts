// Joins class names; what is false, null or undefined is left out.
export function cx(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(' ');
}

/** The look of everything that text is typed into; its width is full unless a class says otherwise (see globals.css). */
export const FIELD =
  'field rounded-md border bg-surface px-2.5 text-text hover:border-muted aria-invalid:border-bad disabled:bg-sunken disabled:text-faint focus-visible:outline-offset-0';
export const FIELD_HEIGHT = 'h-9 compact:h-8';
