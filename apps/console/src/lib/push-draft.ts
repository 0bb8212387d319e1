// A message while it is written: its fields, what is wrong with them, and the request that it becomes.
import { array, enum as choice, type infer as Infer, int, object, optional, string } from 'zod';
import { isUid, UIDS_MAX } from './recipients.ts';

export const PLATFORMS = ['h5', 'android', 'ios'] as const;
export type Platform = (typeof PLATFORMS)[number];

export const DRAFT_LIMITS = {
  /** Code points. */
  titleChars: 256,
  contentTypeChars: 256,
  /** UTF-8. */
  contentBytes: 16_384,
  extrasBytes: 4_096,
  ttlMaxS: 2_592_000,
} as const;

/** As it is kept in the browser. */
export const draftSchema = object({
  app: string(),
  uids: array(string()),
  /** Empty = all. */
  platforms: array(choice(PLATFORMS)),
  title: string(),
  content: string(),
  contentType: string(),
  extras: string(),
  /** Seconds; absent = the app's default. */
  ttlS: optional(int()),
});
export type Draft = Infer<typeof draftSchema>;

export const EMPTY_DRAFT: Draft = {
  app: '',
  uids: [],
  platforms: [],
  title: '',
  content: '',
  contentType: '',
  extras: '',
};

/** Body of POST /message-push/v1/push. */
export interface PushBody {
  push_method: 1;
  platform: string;
  audience: { uids: string[] };
  message: { title?: string; content: string; content_type?: string; extras?: string };
  options?: { ttl_s: number };
}

export type DraftField = 'app' | 'uids' | 'title' | 'content' | 'contentType' | 'extras' | 'ttlS';
export type DraftProblem = 'required' | 'tooLong' | 'tooMany' | 'badUid' | 'notJson' | 'outOfRange';
/** In the order of the form. */
export type DraftProblems = Partial<Record<DraftField, DraftProblem>>;

const utf8 = new TextEncoder();
const bytes = (text: string) => utf8.encode(text).length;
const characters = (text: string) => [...text].length;

export function problemsOf(draft: Draft): DraftProblems {
  const problems: DraftProblems = {};
  if (draft.app === '') problems.app = 'required';
  if (draft.uids.length === 0) problems.uids = 'required';
  else if (draft.uids.length > UIDS_MAX) problems.uids = 'tooMany';
  else if (!draft.uids.every(isUid)) problems.uids = 'badUid';
  if (characters(draft.title) > DRAFT_LIMITS.titleChars) problems.title = 'tooLong';
  if (draft.content.trim() === '') problems.content = 'required';
  else if (bytes(draft.content) > DRAFT_LIMITS.contentBytes) problems.content = 'tooLong';
  else if (isJsonType(draft.contentType) && jsonError(draft.content)) problems.content = 'notJson';
  if (characters(draft.contentType) > DRAFT_LIMITS.contentTypeChars) problems.contentType = 'tooLong';
  if (draft.extras.trim() !== '' && bytes(draft.extras) > DRAFT_LIMITS.extrasBytes) problems.extras = 'tooLong';
  const { ttlS } = draft;
  if (ttlS !== undefined && !(Number.isInteger(ttlS) && ttlS >= 0 && ttlS <= DRAFT_LIMITS.ttlMaxS))
    problems.ttlS = 'outOfRange';
  return problems;
}

/** What is sent; empty fields are left out. */
export function bodyOf(draft: Draft): PushBody {
  const { title, content, contentType, extras, ttlS } = draft;
  return {
    push_method: 1,
    platform: draft.platforms.length === 0 ? 'all' : draft.platforms.join(','),
    audience: { uids: draft.uids },
    message: {
      ...(title !== '' && { title }),
      content,
      ...(contentType !== '' && { content_type: contentType }),
      ...(extras.trim() !== '' && { extras }),
    },
    ...(ttlS !== undefined && { options: { ttl_s: ttlS } }),
  };
}

export function isJsonType(contentType: string): boolean {
  return /^[^;]*(\/|\+)json\b/i.test(contentType) || contentType.trim().toLowerCase() === 'json';
}

/** Where a text stops to be JSON, in the words of the browser; undefined when it is JSON. */
export function jsonError(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Extras as pairs; undefined when they are no flat JSON object of texts and have to be edited as text. */
export function pairsOf(extras: string): [string, string][] | undefined {
  if (extras.trim() === '') return [];
  let value: unknown;
  try {
    value = JSON.parse(extras);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const pairs = Object.entries(value);
  return pairs.every((pair): pair is [string, string] => typeof pair[1] === 'string') ? pairs : undefined;
}

/** Pairs as the text of extras; without a named pair it is empty. */
export function extrasOf(pairs: readonly (readonly [string, string])[]): string {
  const named = pairs.filter(([key]) => key !== '');
  return named.length === 0 ? '' : JSON.stringify(Object.fromEntries(named));
}

/** Nothing was written yet: leaving loses nothing. The chosen app alone is no work. */
export function isBlank(draft: Draft): boolean {
  return JSON.stringify({ ...draft, app: '' }) === JSON.stringify({ ...EMPTY_DRAFT });
}
