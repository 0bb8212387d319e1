// What is wrong with a field, in both languages: turns the findings of a schema into an ApiError that names the first field.
import type { core, infer as Infer, ZodType } from 'zod';
import { ApiError, type ErrorCode, type FieldProblem, type Language } from './errors.ts';

/** Wording per problem; `{name}` is filled in from the finding. It follows the field's path in a sentence. */
export const PROBLEMS = {
  required: { en: 'is required', zh: '不能为空' },
  wrongType: { en: 'must be {expected}', zh: '必须是{expected}' },
  blank: { en: 'must not be blank', zh: '不能为空白' },
  nul: { en: 'must not contain a NUL character', zh: '不能包含 NUL 字符' },
  malformedText: { en: 'must not contain half of a surrogate pair', zh: '包含不完整的 Unicode 字符' },
  characters: { en: 'must have {min} to {max} characters', zh: '长度必须为 {min} 到 {max} 个字符' },
  tooLong: { en: 'must have at most {max} characters', zh: '不能超过 {max} 个字符' },
  bytes: { en: 'must not be longer than {max} bytes of UTF-8', zh: '不能超过 {max} 字节(UTF-8)' },
  tooSmall: { en: 'must be at least {min}', zh: '不能小于 {min}' },
  tooLarge: { en: 'must be at most {max}', zh: '不能大于 {max}' },
  tooFew: { en: 'must have at least {min} item(s)', zh: '至少需要 {min} 项' },
  tooMany: { en: 'must have at most {max} items', zh: '最多 {max} 项' },
  unsafeNumber: {
    en: 'is a number past 2^53 and was rounded already; send it as a text',
    zh: '数字超过 2^53,精度已丢失,请使用字符串',
  },
  notWhole: { en: 'must be a whole number', zh: '必须是整数' },
  oneOf: { en: 'must be one of {values}', zh: '只能是 {values}' },
  platform: {
    en: 'must be all, h5, android or ios, or several of them joined by a comma',
    zh: '只能是 all、h5、android、ios,或以逗号分隔的多个值',
  },
  noAudience: { en: 'must name uids or device_ids', zh: '必须包含 uids 或 device_ids' },
  noTokenOrUid: { en: 'must name a uid or a token', zh: '必须包含 uid 或 token' },
  statuses: {
    en: 'must be one of {values}, or several of them joined by a comma',
    zh: '只能是 {values},或以逗号分隔的多个值',
  },
  time: { en: 'must be epoch milliseconds or an RFC 3339 time', zh: '必须是毫秒时间戳或 RFC 3339 时间' },
  unknownField: { en: 'is none of the fields {values}', zh: '不是可用的字段,只能是 {values}' },
  noValue: { en: 'has no value', zh: '缺少值' },
  openQuote: { en: 'has no closing quote', zh: '缺少右引号' },
  twice: { en: 'is there a second time', zh: '重复出现' },
  messageId: { en: 'must have 32 hex digits', zh: '必须是 32 位十六进制数字' },
  format: { en: 'is not valid', zh: '格式错误' },
} as const satisfies Record<string, Record<Language, string>>;
export type ProblemCode = keyof typeof PROBLEMS;

const KINDS: Record<string, Record<Language, string>> = {
  object: { en: 'a JSON object', zh: ' JSON 对象' },
  string: { en: 'a text', zh: '字符串' },
  number: { en: 'a number', zh: '数字' },
  int: { en: 'a whole number', zh: '整数' },
  boolean: { en: 'true or false', zh: '布尔值' },
  array: { en: 'a list', zh: '数组' },
  union: { en: 'a text or a number', zh: '字符串或数字' },
};

/** At most this many fields are listed in an answer. */
const DETAILS_MAX = 20;

/** The sentence part for a problem, with its parameters. */
export function problemText(
  problem: ProblemCode,
  language: Language,
  params: Record<string, string | number> = {},
): string {
  return PROBLEMS[problem][language].replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''));
}

/** `refine` options that name a problem of the table. */
export function because(problem: ProblemCode, params: Record<string, string | number> = {}) {
  return { params: { ...params, problem } };
}

/**
 * Parses `input` or throws ApiError `code` (INVALID_BODY, INVALID_QUERY) whose text names the first wrong field and whose
 * details list up to 20 of them. Never throws anything else.
 */
export function parseInput<S extends ZodType>(
  schema: S,
  input: unknown,
  code: ErrorCode = 'INVALID_BODY',
  language: Language = 'en',
): Infer<S> {
  const result = schema.safeParse(input, { error: (issue) => wording(issue, language) });
  if (result.success) return result.data;
  throw inputError(
    code,
    result.error.issues.slice(0, DETAILS_MAX).map(({ path, message }) => ({ path: pathText(path), problem: message })),
  );
}

/** The error that lists these problems; `details` must not be empty. */
export function inputError(code: ErrorCode, details: FieldProblem[]): ApiError {
  const [first] = details;
  const problem = first === undefined ? '' : `${first.path} ${first.problem}`.trim();
  return new ApiError(code, { params: { problem }, details });
}

/** `['audience', 'uids', 3]` as `audience.uids[3]`; empty for the whole body. Names are cut at 64 characters. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += `${text === '' ? '' : '.'}${String(part).slice(0, 64)}`;
  }
  return text;
}

function wording(issue: core.$ZodRawIssue, language: Language): string {
  if (issue.code === 'custom') return customText(issue.params, language);
  if (issue.input === undefined) return problemText('required', language);
  switch (issue.code) {
    case 'invalid_type':
      return kindText(issue.expected, issue.input, language);
    case 'invalid_union':
      return kindText('union', issue.input, language);
    case 'invalid_value':
      return problemText('oneOf', language, { values: issue.values.map(String).join(', ') });
    case 'too_small':
      if (issue.origin === 'array') return problemText('tooFew', language, { min: Number(issue.minimum) });
      return problemText('tooSmall', language, { min: Number(issue.minimum) });
    case 'too_big':
      if (issue.origin === 'array') return problemText('tooMany', language, { max: Number(issue.maximum) });
      return problemText('tooLarge', language, { max: Number(issue.maximum) });
    default:
      return problemText('format', language);
  }
}

function customText(params: Record<string, unknown> | undefined, language: Language): string {
  const problem = params?.problem;
  if (typeof problem !== 'string' || !Object.hasOwn(PROBLEMS, problem)) return problemText('format', language);
  // `because` wrote these params; the name was just checked.
  return problemText(problem as ProblemCode, language, params as Record<string, string | number>);
}

function kindText(expected: string, input: unknown, language: Language): string {
  const whole = expected === 'int' || expected === 'number';
  if (whole && typeof input === 'number') return problemText('notWhole', language);
  return problemText('wrongType', language, { expected: KINDS[expected]?.[language] ?? expected });
}
