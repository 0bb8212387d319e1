// The body of POST /message-push/v1/push and the rows of /push/batch: checked once, here, and named anew for the rest of the platform.
import { type infer as Infer, int, literal, nullish, number, object, string, union, unknown } from 'zod';
import type { MessageBody } from './envelope.ts';
import { ApiError, type Language } from './errors.ts';
import { PLATFORMS, type Platform, PUSH_LIMITS, type PushLimits } from './limits.ts';
import { list } from './lists.ts';
import { because, parseInput } from './problems.ts';
import { body, line, name } from './texts.ts';

/** A checked push. Lists are distinct and in the order given; at least one of them is not empty. */
export interface PushRequest {
  uids: string[];
  device_ids: string[];
  /** Lower case; absent = all. */
  platforms?: Platform[];
  message: MessageBody;
  /** Absent = the app's default. */
  ttl_s?: number;
}

/** One row of a batch: checked, or why it is refused. The key is absent when it was itself refused. */
export type PushRow =
  | { ok: true; request: PushRequest; idempotency_key?: string }
  | { ok: false; error: ApiError; idempotency_key?: string };

/** A uid as senders write it: a text, or a whole number that means its decimal text. */
export function uidSchema(charsMax: number = PUSH_LIMITS.uidCharsMax) {
  return union([
    name(charsMax),
    number().refine(Number.isInteger, because('notWhole')).refine(isExact, because('unsafeNumber')),
  ]);
}

/** The schema of a push under these limits; null counts as absent, unknown fields are ignored. */
export function pushSchema(limits: PushLimits) {
  return object({
    push_method: literal(1).describe('1 = to single users, the only value.'),
    platform: nullish(string().refine(isPlatformList, because('platform'))).describe(
      'all (also when empty or absent), h5, android, ios, or several joined by a comma; in any case.',
    ),
    audience: object({
      uids: nullish(list(uidSchema(limits.uidCharsMax), 1, limits.uidsMax)).describe(
        'Receivers; the same uid twice counts once.',
      ),
      device_ids: nullish(list(name(limits.deviceIdCharsMax), 1, limits.deviceIdsMax)).describe(
        'Single devices; with uids it is the union.',
      ),
    }).refine((audience) => audience.uids != null || audience.device_ids != null, because('noAudience')),
    message: object({
      title: nullish(line(limits.titleCharsMax)),
      content: body(limits.contentBytesMax).refine((text) => text.trim() !== '', because('blank')),
      content_type: nullish(line(limits.contentTypeCharsMax)),
      extras: nullish(body(limits.extrasBytesMax)),
    }),
    options: nullish(
      object({
        ttl_s: nullish(int().min(0).max(limits.ttlMaxS)).describe(
          'Seconds to keep it for absent receivers; 0 = only who is online now.',
        ),
      }),
    ),
  });
}

/** The schema under the default limits, for the OpenAPI document. */
export const pushRequestSchema = pushSchema(PUSH_LIMITS);
type PushBody = Infer<typeof pushRequestSchema>;

/** The outer form of a batch; its rows are checked one by one by `parsePushBatch`. */
export function batchSchema(limits: PushLimits) {
  return object({ pushes: list(unknown(), 1, limits.batchRowsMax) });
}

/** A batch as documented. */
export const pushBatchSchema = object({
  pushes: list(
    pushRequestSchema.extend({ idempotency_key: nullish(name(PUSH_LIMITS.idempotencyKeyCharsMax)) }),
    1,
    PUSH_LIMITS.batchRowsMax,
  ),
});

interface Schemas {
  push: ReturnType<typeof pushSchema>;
  batch: ReturnType<typeof batchSchema>;
  key: ReturnType<typeof idempotencyKeySchema>;
}
const built = new WeakMap<PushLimits, Schemas>();

function schemasOf(limits: PushLimits): Schemas {
  let schemas = built.get(limits);
  if (schemas === undefined) {
    schemas = { push: pushSchema(limits), batch: batchSchema(limits), key: idempotencyKeySchema(limits) };
    built.set(limits, schemas);
  }
  return schemas;
}

function idempotencyKeySchema(limits: PushLimits) {
  return object({ idempotency_key: nullish(name(limits.idempotencyKeyCharsMax)) });
}

/**
 * Checks the body of a push. Throws ApiError INVALID_BODY that names the first wrong field and lists up to 20, and nothing else.
 * Pass the same `limits` object each time: its schema is built once.
 */
export function parsePushRequest(
  input: unknown,
  limits: PushLimits = PUSH_LIMITS,
  language: Language = 'en',
): PushRequest {
  return toPushRequest(parseInput(schemasOf(limits).push, input, 'INVALID_BODY', language));
}

/** Checks a batch: throws for the whole when it is no list of 1..`batchRowsMax` rows, else answers one row each, in order. */
export function parsePushBatch(input: unknown, limits: PushLimits = PUSH_LIMITS, language: Language = 'en'): PushRow[] {
  const { push, batch, key } = schemasOf(limits);
  const { pushes } = parseInput(batch, input, 'INVALID_BODY', language);
  return pushes.map((row) => {
    const named: { idempotency_key?: string } = {};
    try {
      const request = toPushRequest(parseInput(push, row, 'INVALID_BODY', language));
      const { idempotency_key } = parseInput(key, row, 'INVALID_BODY', language);
      if (idempotency_key != null) named.idempotency_key = idempotency_key;
      return { ok: true, request, ...named };
    } catch (error) {
      if (error instanceof ApiError) return { ok: false, error };
      throw error;
    }
  });
}

/** Platforms of a text like `h5,ios`, lower case and distinct; undefined = all, null = the text names an unknown one. */
export function parsePlatforms(text: string): Platform[] | undefined | null {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === '' || trimmed === 'all') return undefined;
  const platforms = new Set<Platform>();
  let all = false;
  for (const part of trimmed.split(',')) {
    const known = PLATFORMS.find((platform) => platform === part.trim());
    if (known !== undefined) platforms.add(known);
    else if (part.trim() === 'all') all = true;
    else return null;
  }
  return all ? undefined : [...platforms];
}

/** The wire form of a platform filter: `all`, or its platforms joined by a comma. */
export function platformText(platforms: readonly string[] | undefined): string {
  return platforms === undefined ? 'all' : platforms.join(',');
}

// A longer list repeats itself; the bound keeps a long text from being split.
const PLATFORM_TEXT_MAX = 256;

function isPlatformList(text: string): boolean {
  return text.length <= PLATFORM_TEXT_MAX && parsePlatforms(text) !== null;
}

function isExact(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function toPushRequest({ platform, audience, message, options }: PushBody): PushRequest {
  const request: PushRequest = {
    uids: [...new Set((audience.uids ?? []).map(String))],
    device_ids: [...new Set(audience.device_ids ?? [])],
    message: toMessageBody(message),
  };
  const platforms = platform == null ? undefined : parsePlatforms(platform);
  if (platforms != null) request.platforms = platforms;
  if (options?.ttl_s != null) request.ttl_s = options.ttl_s;
  return request;
}

/** Halves of surrogate pairs (a sender cut a text inside an emoji) become U+FFFD here, as they would on any later hop. */
function toMessageBody({ title, content, content_type, extras }: PushBody['message']): MessageBody {
  return {
    ...(title != null && { title: title.toWellFormed() }),
    content: content.toWellFormed(),
    ...(content_type != null && { content_type: content_type.toWellFormed() }),
    ...(extras != null && { extras: extras.toWellFormed() }),
  };
}
