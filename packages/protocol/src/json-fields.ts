// Frames of the client protocol as loose JSON objects: field names match in any case, nothing throws.

export type Fields = Record<string, unknown>;

/** The JSON object of a text; undefined for anything else. */
export function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // An object that is neither null nor a list has string keys.
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** The value of a field in any case; `field` is lower case. */
export function fieldOf(fields: Fields, field: string): unknown {
  if (Object.hasOwn(fields, field)) return fields[field];
  for (const key in fields) if (key.length === field.length && key.toLowerCase() === field) return fields[key];
  return undefined;
}

/** The `data` of a frame; empty when it is no object. */
export function dataOf(frame: Fields): Fields {
  const data = fieldOf(frame, 'data');
  // As in parseObject.
  return typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as Fields) : {};
}
