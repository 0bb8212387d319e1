// Lists in schemas, bounded in length.
import { array, type ZodType } from 'zod';
import { because } from './problems.ts';

/**
 * A list of `min..max` items. zod's own `min` and `max` also look at what is no list but has a `length`, and throw where that length
 * cannot be compared.
 */
export function list<S extends ZodType>(item: S, min: number, max: number) {
  return array(item)
    .refine((items) => items.length >= min, because('tooFew', { min }))
    .refine((items) => items.length <= max, because('tooMany', { max }))
    .meta({ minItems: min, maxItems: max });
}
