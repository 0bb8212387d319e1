// Joins class names; what is false, null or undefined is left out.
export function cx(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(' ');
}

/** The look of everything that text is typed into. */
export const FIELD =
  'w-full rounded-md border border-field bg-surface px-2.5 text-text hover:border-muted aria-invalid:border-bad disabled:bg-sunken disabled:text-faint focus-visible:outline-offset-0';
export const FIELD_HEIGHT = 'h-9 compact:h-8';
