// A message while it is written: its fields, what is wrong with them, and the request that it becomes.
import { PLATFORMS, type Platform, PUSH_LIMITS } from '@message-push/protocol/limits';
import { isUid } from './recipients.ts';

export interface Draft {
  app: string;
  uids: string[];
  /** Empty = all. */
  platforms: Platform[];
  title: string;
  content: string;
  contentType: string;
  extras: string;
  /** Seconds; absent = the app's default. */
  ttlS?: number | undefined;
}

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

/** Whether a value that was kept in the browser, maybe by another version of this page, is a draft. */
export function isDraft(kept: unknown): kept is Draft {
  if (typeof kept !== 'object' || kept === null) return false;
  const { uids, platforms, ttlS, ...texts }: Partial<Record<keyof Draft, unknown>> = kept;
  return (
    TEXTS.every((field) => typeof texts[field] === 'string') &&
    Array.isArray(uids) &&
    uids.every((uid) => typeof uid === 'string') &&
    Array.isArray(platforms) &&
    platforms.every((platform) => PLATFORMS.includes(platform)) &&
    (ttlS === undefined || Number.isInteger(ttlS))
  );
}

const TEXTS = ['app', 'title', 'content', 'contentType', 'extras'] as const satisfies (keyof Draft)[];
const utf8 = new TextEncoder();
const bytes = (text: string) => utf8.encode(text).length;
const characters = (text: string) => [...text].length;

export function problemsOf(draft: Draft): DraftProblems {
  const problems: DraftProblems = {};
  if (draft.app === '') problems.app = 'required';
  if (draft.uids.length === 0) problems.uids = 'required';
  else if (draft.uids.length > PUSH_LIMITS.uidsMax) problems.uids = 'tooMany';
  else if (!draft.uids.every(isUid)) problems.uids = 'badUid';
  if (characters(draft.title) > PUSH_LIMITS.titleCharsMax) problems.title = 'tooLong';
  if (draft.content.trim() === '') problems.content = 'required';
  else if (bytes(draft.content) > PUSH_LIMITS.contentBytesMax) problems.content = 'tooLong';
  else if (isJsonType(draft.contentType) && jsonError(draft.content)) problems.content = 'notJson';
  if (characters(draft.contentType) > PUSH_LIMITS.contentTypeCharsMax) problems.contentType = 'tooLong';
  if (draft.extras.trim() !== '' && bytes(draft.extras) > PUSH_LIMITS.extrasBytesMax) problems.extras = 'tooLong';
  const { ttlS } = draft;
  if (ttlS !== undefined && !(Number.isInteger(ttlS) && ttlS >= 0 && ttlS <= PUSH_LIMITS.ttlMaxS))
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
