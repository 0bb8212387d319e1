// What a change altered: field by field, from the states before and after.

export interface Difference {
  /** `settings.origins`; empty when the whole is one value. */
  path: string;
  /** JSON text; absent when it was not there. */
  before: string | undefined;
  after: string | undefined;
}

/** Fields that differ, in the order of the later state, then those that went away. */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (isRecord(before) || isRecord(after)) {
    const old = isRecord(before) ? before : {};
    const young = isRecord(after) ? after : {};
    const names = [...new Set([...Object.keys(young), ...Object.keys(old)])];
    return names.flatMap((name) => differences(old[name], young[name], path === '' ? name : `${path}.${name}`));
  }
  const from = textOf(before);
  const to = textOf(after);
  return from === to ? [] : [{ path, before: from, after: to }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
