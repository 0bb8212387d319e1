// The settings of an app as a form: what is typed, what of it differs from what is stored, and what is wrong with it before the api is asked.
import type { AppChange, AppSettingsView, AppView } from '@message-push/protocol/admin';
import { APP_LIMITS, TOKEN_KINDS } from '@message-push/protocol/admin/limits';
import { isAddressOrRange, isOrigin, isWebAddress } from './addresses.ts';

export type TokenKind = (typeof TOKEN_KINDS)[number];
/** Seconds in each. */
export const TTL_UNITS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 } as const;
export type TtlUnit = keyof typeof TTL_UNITS;

/** Everything as it stands in its control; lists have one item per line. */
export interface Draft {
  name: string;
  aliases: string;
  token_kinds: readonly TokenKind[];
  passport_url: string;
  origins: string;
  address_allow_list: string;
  requests_per_second: string;
  deliveries_per_second: string;
  default_ttl_s: { amount: string; unit: TtlUnit };
  history_retention_days: string;
  private_bodies: boolean;
}
export type FieldName = keyof Draft;
export type Edits = Partial<Draft>;

export type Problem =
  | { code: 'required' | 'noKind' | 'passportNeedsUrl' | 'taken' }
  | { code: 'notWhole' | 'tooManyItems' | 'tooLong'; max: number }
  | { code: 'range'; min: number; max: number }
  | { code: 'badAlias' | 'badOrigin' | 'badAddress'; item: string; line: number }
  | { code: 'badUrl' | 'badId' }
  /** In the api's words. */
  | { code: 'told'; text: string };

const ALIAS_CHARS_MAX = 64;

export function draftOf({ name, aliases, settings }: AppView): Draft {
  return {
    name,
    aliases: aliases.join('\n'),
    token_kinds: settings.token_kinds,
    passport_url: settings.passport_url ?? '',
    origins: settings.origins.join('\n'),
    address_allow_list: settings.address_allow_list.join('\n'),
    requests_per_second: String(settings.requests_per_second),
    deliveries_per_second: String(settings.deliveries_per_second),
    default_ttl_s: ttlDraft(settings.default_ttl_s),
    history_retention_days: String(settings.history_retention_days),
    private_bodies: settings.private_bodies,
  };
}

/** In the largest unit that divides it. */
export function ttlDraft(seconds: number): Draft['default_ttl_s'] {
  const units: TtlUnit[] = ['days', 'hours', 'minutes'];
  const unit = units.find((one) => seconds > 0 && seconds % TTL_UNITS[one] === 0) ?? 'seconds';
  return { amount: String(seconds / TTL_UNITS[unit]), unit };
}

/** The items of a list's text: trimmed, without blanks and repeats. */
export function itemsOf(lines: string): string[] {
  return [...new Set(lines.split(/[\n,]/).map((item) => item.trim()))].filter((item) => item !== '');
}

/** The fields that differ from what is stored, in the order of the form. */
export function changedFields(app: AppView, edits: Edits): FieldName[] {
  const stored = valuesOf(draftOf(app));
  const wanted = valuesOf({ ...draftOf(app), ...edits });
  // The keys of both are those of Draft.
  const fields = Object.keys(stored) as FieldName[];
  return fields.filter((field) => JSON.stringify(stored[field]) !== JSON.stringify(wanted[field]));
}

/** What to send for the changed fields; they must be without problems. */
export function changeOf(app: AppView, edits: Edits): AppChange {
  const values = valuesOf({ ...draftOf(app), ...edits });
  const change: AppChange = {};
  const settings: Partial<AppSettingsView> = {};
  for (const field of changedFields(app, edits)) {
    if (field === 'name') change.name = values.name;
    else if (field === 'aliases') change.aliases = values.aliases;
    else Object.assign(settings, { [field]: values[field] });
  }
  if (Object.keys(settings).length > 0) change.settings = settings;
  return change;
}

type Values = Omit<AppSettingsView, 'passport_url'> & { passport_url: string | null; name: string; aliases: string[] };

function valuesOf(draft: Draft): Values {
  const url = draft.passport_url.trim();
  return {
    name: draft.name.trim(),
    aliases: itemsOf(draft.aliases).sort(),
    token_kinds: TOKEN_KINDS.filter((kind) => draft.token_kinds.includes(kind)),
    passport_url: url === '' ? null : url,
    origins: itemsOf(draft.origins),
    address_allow_list: itemsOf(draft.address_allow_list),
    requests_per_second: numberOf(draft.requests_per_second),
    deliveries_per_second: numberOf(draft.deliveries_per_second),
    default_ttl_s: numberOf(draft.default_ttl_s.amount) * TTL_UNITS[draft.default_ttl_s.unit],
    history_retention_days: numberOf(draft.history_retention_days),
    private_bodies: draft.private_bodies,
  };
}

/** NaN when it is no number; `1,000` and `1 000` are numbers to people. */
function numberOf(text: string): number {
  const digits = text.replace(/[\s,_']/g, '');
  return digits === '' ? Number.NaN : Number(digits);
}

/** What is wrong with the changed fields. */
export function problemsOf(app: AppView, edits: Edits): Partial<Record<FieldName, Problem>> {
  const draft = { ...draftOf(app), ...edits };
  const values = valuesOf(draft);
  const found: Partial<Record<FieldName, Problem>> = {};
  for (const field of changedFields(app, edits)) {
    const problem = CHECKS[field](values);
    if (problem !== undefined) found[field] = problem;
  }
  return found;
}

const CHECKS: Record<FieldName, (values: Values) => Problem | undefined> = {
  name: ({ name }) => {
    if (name === '') return { code: 'required' };
    return [...name].length > APP_LIMITS.nameCharsMax ? { code: 'tooLong', max: APP_LIMITS.nameCharsMax } : undefined;
  },
  aliases: ({ aliases }) =>
    list(aliases, APP_LIMITS.aliasesMax, 'badAlias', (item) => [...item].length <= ALIAS_CHARS_MAX),
  token_kinds: ({ token_kinds, passport_url }) => {
    if (token_kinds.length === 0) return { code: 'noKind' };
    const alone = token_kinds.length === 1 && token_kinds[0] === 'passport';
    return alone && passport_url === null ? { code: 'passportNeedsUrl' } : undefined;
  },
  passport_url: ({ passport_url }) => {
    if (passport_url === null) return undefined;
    if (passport_url.length > APP_LIMITS.urlCharsMax) return { code: 'tooLong', max: APP_LIMITS.urlCharsMax };
    return isWebAddress(passport_url) ? undefined : { code: 'badUrl' };
  },
  origins: ({ origins }) => list(origins, APP_LIMITS.originsMax, 'badOrigin', isOrigin),
  address_allow_list: (values) =>
    list(values.address_allow_list, APP_LIMITS.addressesMax, 'badAddress', isAddressOrRange),
  requests_per_second: (values) => whole(values.requests_per_second, 1, APP_LIMITS.requestsPerSecondMax),
  deliveries_per_second: (values) => whole(values.deliveries_per_second, 1, APP_LIMITS.deliveriesPerSecondMax),
  default_ttl_s: (values) => whole(values.default_ttl_s, 0, APP_LIMITS.ttlMaxS),
  history_retention_days: (values) => whole(values.history_retention_days, 1, APP_LIMITS.retentionDaysMax),
  private_bodies: () => undefined,
};

function whole(value: number, min: number, max: number): Problem | undefined {
  if (!Number.isInteger(value)) return { code: 'notWhole', max };
  return value < min || value > max ? { code: 'range', min, max } : undefined;
}

function list(
  items: string[],
  max: number,
  code: 'badAlias' | 'badOrigin' | 'badAddress',
  fits: (item: string) => boolean,
): Problem | undefined {
  if (items.length > max) return { code: 'tooManyItems', max };
  const line = items.findIndex((item) => !fits(item));
  const item = items[line];
  return item === undefined ? undefined : { code, item, line: line + 1 };
}

/** What an api refused. */
export interface Refusal {
  code: string;
  details: readonly { path: string; problem: string }[];
}

/** A finding of the api: in our words where there are some, else in its own, as a sentence. */
export function told({ code }: Pick<Refusal, 'code'>, problem: string): Problem {
  if (code === 'TAKEN') return { code: 'taken' };
  return { code: 'told', text: problem.charAt(0).toUpperCase() + problem.slice(1) };
}

/** The api's findings by field, and those that belong to none. */
export function toldProblems(refusal: Refusal) {
  const fields: Partial<Record<FieldName, Problem>> = {};
  const other: string[] = [];
  for (const { path, problem } of refusal.details) {
    const field = fieldOf(path);
    if (field === undefined) other.push(`${path} ${problem}`.trim());
    else fields[field] ??= told(refusal, problem);
  }
  return { fields, other };
}

/** `settings.origins[2]` is a finding about `origins`. */
function fieldOf(path: string): FieldName | undefined {
  const head = path.replace(/^settings\./, '').split(/[.[]/, 1)[0] ?? '';
  // The keys of CHECKS are those of Draft.
  return Object.hasOwn(CHECKS, head) ? (head as FieldName) : undefined;
}
