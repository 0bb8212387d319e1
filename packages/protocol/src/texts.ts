// Texts in schemas: counted in characters (code points) or UTF-8 bytes, without NUL, whole Unicode where they identify something.
import { string } from 'zod';
import { because } from './problems.ts';

const utf8 = new TextEncoder();

/** Length in code points, counted only as far as `max` makes necessary. */
export function fitsCharacters(text: string, max: number): boolean {
  if (text.length <= max) return true;
  if (text.length > 2 * max) return false;
  let count = 0;
  for (const _ of text) count++;
  return count <= max;
}

/** Whether the text takes at most `max` bytes as UTF-8. */
export function fitsBytes(text: string, max: number): boolean {
  if (text.length * 3 <= max) return true;
  return text.length <= max && utf8.encode(text).length <= max;
}

/** A text that names somebody or something: `1..max` characters, no NUL, no broken surrogate pair (two of them would meet in UTF-8). */
export function name(max: number) {
  return string()
    .refine((text) => text !== '' && fitsCharacters(text, max), { ...because('characters', { min: 1, max }) })
    .refine((text) => !text.includes('\0'), because('nul'))
    .refine((text) => text.isWellFormed(), because('malformedText'))
    .meta({ minLength: 1, maxLength: max });
}

/** Free text of at most `max` characters, no NUL. */
export function line(max: number) {
  return string()
    .refine((text) => fitsCharacters(text, max), because('tooLong', { max }))
    .refine((text) => !text.includes('\0'), because('nul'))
    .meta({ maxLength: max });
}

/** Free text of at most `max` bytes as UTF-8, no NUL. */
export function body(max: number) {
  return string()
    .refine((text) => fitsBytes(text, max), because('bytes', { max }))
    .refine((text) => !text.includes('\0'), because('nul'));
}
