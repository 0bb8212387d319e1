// The one table of errors: code, HTTP status, whether a retry helps, and the public text in both languages.

interface ErrorRow {
  http: number;
  /** The same request may succeed later. */
  retry: boolean;
  en: string;
  zh: string;
}

export const ERRORS = {
  INVALID_BODY: { http: 400, retry: false, en: 'The body is not valid: {problem}', zh: '参数错误:{problem}' },
  NOT_JSON: { http: 400, retry: false, en: 'The body is not a JSON object.', zh: '参数错误:请求体不是 JSON 对象' },
  INVALID_QUERY: { http: 400, retry: false, en: 'The query is not valid: {problem}', zh: '参数错误:{problem}' },
  INVALID_HEADER: {
    http: 400,
    retry: false,
    en: 'The header {name} is not valid: {problem}',
    zh: '参数错误:请求头 {name} {problem}',
  },
  INVALID_AUTHORIZATION: { http: 403, retry: false, en: 'invalid Authorization', zh: 'invalid Authorization' },
  FORBIDDEN: { http: 403, retry: false, en: 'You may not do this.', zh: '没有权限' },
  NOT_SIGNED_IN: { http: 401, retry: false, en: 'Sign in first.', zh: '请先登录' },
  START_PASSWORD: { http: 403, retry: false, en: 'Change the start password first.', zh: '请先修改初始密码' },
  WRONG_PASSWORD: { http: 401, retry: false, en: 'The name or the password is wrong.', zh: '用户名或密码错误' },
  NOT_FOUND: { http: 404, retry: false, en: 'There is no {what} here.', zh: '{what} 不存在' },
  TAKEN: { http: 409, retry: false, en: 'This {what} is taken already.', zh: '{what} 已被占用' },
  CONFIRM: { http: 409, retry: false, en: 'Confirm it by writing {what}.', zh: '请输入 {what} 以确认' },
  NOT_DISABLED: { http: 409, retry: false, en: 'Disable {what} first.', zh: '请先停用 {what}' },
  NOT_REPLAYABLE: {
    http: 409,
    retry: false,
    en: 'It cannot be sent again: it could not be read, or its time is over.',
    zh: '无法重新发送:内容无法读取或已过期',
  },
  LAST_ADMIN: {
    http: 409,
    retry: false,
    en: 'This is the last admin; make another one first.',
    zh: '这是最后一位管理员,请先添加另一位',
  },
  LAST_NODE: {
    http: 409,
    retry: false,
    en: 'This is the last node that takes sessions; start another one first.',
    zh: '这是最后一个可用节点,请先启动另一个节点',
  },
  WRONG_CODE: { http: 403, retry: false, en: 'The set-up code is wrong or was used.', zh: '初始化验证码错误或已使用' },
  METHOD_NOT_ALLOWED: { http: 405, retry: false, en: 'Use {allowed} here.', zh: '请求方法不支持,请使用 {allowed}' },
  IDEMPOTENCY_MISMATCH: {
    http: 409,
    retry: false,
    en: 'This Idempotency-Key was used with another body.',
    zh: '该 Idempotency-Key 已用于不同的请求体',
  },
  IN_PROGRESS: {
    http: 409,
    retry: true,
    en: 'A request with this Idempotency-Key is still under way.',
    zh: '使用该 Idempotency-Key 的请求仍在处理中',
  },
  WRONG_INCARNATION: { http: 409, retry: false, en: 'This node is another incarnation.', zh: '节点实例已变更' },
  BODY_TOO_LARGE: {
    http: 413,
    retry: false,
    en: 'The body is larger than {limit} bytes.',
    zh: '请求体超过 {limit} 字节',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    http: 415,
    retry: false,
    en: 'Send the body as application/json.',
    zh: '请使用 application/json',
  },
  HEADERS_TOO_LARGE: { http: 431, retry: false, en: 'The request headers are too large.', zh: '请求头过大' },
  RATE_LIMITED: {
    http: 429,
    retry: true,
    en: 'Too many {what}; the limit is {limit}.',
    zh: '{what} 过多,上限为 {limit}',
  },
  INTERNAL: { http: 500, retry: true, en: 'Something went wrong on our side.', zh: '服务内部错误' },
  BUS_UNAVAILABLE: {
    http: 503,
    retry: true,
    en: 'The message was not accepted: the bus is away. Nothing was sent.',
    zh: '消息未被接收:消息总线不可用,未发送任何内容',
  },
  PUBLISH_UNKNOWN: {
    http: 503,
    retry: true,
    en: 'It is not known whether message {message_id} was stored. Retry with the same Idempotency-Key, or look the message up.',
    zh: '消息 {message_id} 是否已保存未知,请使用相同的 Idempotency-Key 重试或查询该消息',
  },
  STATE_UNAVAILABLE: { http: 503, retry: true, en: 'The state store is away.', zh: '状态存储不可用' },
  DATABASE_UNAVAILABLE: { http: 503, retry: true, en: 'The database is away.', zh: '数据库不可用' },
  ARCHIVE_UNAVAILABLE: { http: 503, retry: true, en: 'The message history is away.', zh: '消息记录不可用' },
  NOT_RECORDED: {
    http: 503,
    retry: true,
    en: 'The message is not in the history yet: try again in a moment.',
    zh: '消息尚未写入历史,请稍后重试',
  },
  PASSPORT_UNAVAILABLE: { http: 503, retry: true, en: 'The passport of this app is away.', zh: '认证服务不可用' },
  INVALID_TOKEN: { http: 401, retry: false, en: 'The token is not valid.', zh: 'token 无效' },
  MALFORMED_TOKEN: {
    http: 400,
    retry: false,
    en: 'The token must look like "Bearer pc:<token>" or "Bearer mobile:<token>".',
    zh: 'token 格式错误,应为 "Bearer pc:<token>" 或 "Bearer mobile:<token>"',
  },
  UPGRADE_REQUIRED: { http: 400, retry: false, en: 'Open a WebSocket here.', zh: '请使用 WebSocket 连接' },
  MISSING_CREDENTIALS: {
    http: 400,
    retry: false,
    en: 'Authorization and auth-app-id are required.',
    zh: '缺少 Authorization 或 auth-app-id',
  },
  ORIGIN_NOT_ALLOWED: {
    http: 403,
    retry: false,
    en: 'This origin is not allowed by the app.',
    zh: '该来源不在应用的允许列表中',
  },
  OVERLOADED: {
    http: 503,
    retry: true,
    en: 'Too much is under way here; come back in a moment.',
    zh: '服务繁忙,请稍后重试',
  },
  DRAINING: { http: 503, retry: true, en: 'This process is shutting down.', zh: '服务正在下线' },
  NOT_READY: { http: 503, retry: true, en: 'This process is not ready: {missing}.', zh: '服务尚未就绪:{missing}' },
  NODE_UNAVAILABLE: {
    http: 503,
    retry: true,
    en: 'A node that holds sessions of this user does not answer.',
    zh: '持有该用户会话的节点没有响应',
  },
  ADDRESS_NOT_ALLOWED: {
    http: 403,
    retry: false,
    en: 'This address is not in the allow-list of the app.',
    zh: '该地址不在应用的允许列表中',
  },
  MALFORMED_HTTP: {
    http: 400,
    retry: false,
    en: 'The request is not valid HTTP.',
    zh: '参数错误:不是有效的 HTTP 请求',
  },
  REQUEST_TIMEOUT: { http: 408, retry: true, en: 'The request took too long to arrive.', zh: '请求超时' },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
export type Language = 'en' | 'zh';

/** What is wrong with one field; `path` as in `audience.uids[3]`, empty for the whole body. */
export interface FieldProblem {
  path: string;
  problem: string;
}

/** An error that may be shown to the caller: its code decides status and text. The cause never leaves the process. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly params: Record<string, string>;
  readonly details: FieldProblem[];
  /** Seconds for Retry-After; set for codes whose retry helps. */
  readonly retryAfterS: number | undefined;

  constructor(
    code: ErrorCode,
    options: { params?: Record<string, string>; details?: FieldProblem[]; cause?: unknown; retryAfterS?: number } = {},
  ) {
    super(errorText(code, 'en', options.params ?? {}), { cause: options.cause });
    this.name = 'ApiError';
    this.code = code;
    this.params = options.params ?? {};
    this.details = options.details ?? [];
    this.retryAfterS = options.retryAfterS ?? (ERRORS[code].retry ? 1 : undefined);
  }

  get http(): number {
    return ERRORS[this.code].http;
  }
}

/** The public text of a code with its parameters filled in. */
export function errorText(code: ErrorCode, language: Language, params: Record<string, string>): string {
  return ERRORS[code][language].replace(/\{(\w+)\}/g, (whole, name: string) => params[name] ?? whole);
}
