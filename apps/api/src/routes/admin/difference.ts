// What a change changed, for the audit log: only the fields that are different, before and after.

type Fields = Record<string, unknown>;

/** Both sides of the fields that differ; objects are compared field by field, everything else as JSON. */
export function difference(before: object, after: object): { before: Fields; after: Fields } {
  const result = { before: {} as Fields, after: {} as Fields }; // filled below
  const [old, fresh]: Fields[] = [{ ...before }, { ...after }];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [from, to] = [old?.[name], fresh?.[name]];
    if (JSON.stringify(from) === JSON.stringify(to)) continue;
    const parts = isFields(from) && isFields(to) ? difference(from, to) : { before: from, after: to };
    result.before[name] = parts.before;
    result.after[name] = parts.after;
  }
  return result;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
