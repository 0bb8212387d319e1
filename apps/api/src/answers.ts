// The envelope of every answer: `{code:1,msg,data}` on success, the code, one sentence and its details on failure.
import type { IncomingHttpHeaders } from 'node:http';
import { type ApiError, ERRORS, errorText, type Language } from '@message-push/protocol';

export const BASE = '/message-push/v1';

/** Body of a success. */
export interface Success<T> {
  code: 1;
  msg: 'OK';
  data: T[];
}

export function success<T>(...data: T[]): Success<T> {
  return { code: 1, msg: 'OK', data };
}

/** Words that errors carry as parameters, in the other language. */
const CHINESE: Record<string, string> = {
  'requests a second': '每秒请求数',
  'deliveries a second': '每秒投递数',
  'pushes a second to one uid': '每秒对同一 uid 的推送数',
  'refused credentials a minute': '每分钟认证失败次数',
  'failed sign-ins a minute': '每分钟登录失败次数',
  credentials: '凭证',
  'signing keys': '签名密钥',
  'streams of one operator': '同一操作员的实时连接数',
  message: '消息',
  receiver: '接收者',
  page: '页面',
  app: '应用',
  credential: '凭证',
  'signing key': '签名密钥',
  operator: '操作员',
  session: '会话',
  node: '节点',
  'dead letter': '死信',
  decision: '处理结果',
};

/** The public text of an error: 5xx details never leave, the parameters are words of the language. */
export function failureText({ code, params }: ApiError, language: Language): string {
  if (language === 'en') return errorText(code, 'en', params);
  const words = Object.fromEntries(Object.entries(params).map(([name, text]) => [name, CHINESE[text] ?? text]));
  return errorText(code, 'zh', words);
}

/** Body of a failure. */
export function failure(error: ApiError, language: Language, requestId: string) {
  return {
    code: ERRORS[error.code].http,
    msg: failureText(error, language),
    error: error.code,
    request_id: requestId,
    details: error.details,
  };
}

/** The endpoint that the original had: without Accept-Language it speaks Chinese. */
const ORIGINAL = new RegExp(`^${BASE}/push/?(?:\\?|$)`);

/**
 * The language of an answer. `*` and no header at all mean no wish: the original's endpoint speaks Chinese then, all others
 * English. Quality values order the wishes; a language that we do not have counts as English.
 */
export function languageOf({ headers, url }: { headers: IncomingHttpHeaders; url: string }): Language {
  const wished = headers['accept-language'];
  const wish = wished === undefined ? '*' : firstLanguage(wished);
  if (wish === '*') return ORIGINAL.test(url) ? 'zh' : 'en';
  return wish;
}

const WISHES_MAX = 16;

function firstLanguage(header: string): Language | '*' {
  let best: { language: Language | '*'; quality: number } | undefined;
  for (const part of header.split(',', WISHES_MAX)) {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
    const language = languageTag(tag.trim());
    const quality = qualityOf(parameters);
    if (language !== undefined && quality > (best?.quality ?? 0)) best = { language, quality };
  }
  if (best !== undefined) return best.language;
  return header.trim() === '' ? '*' : 'en';
}

function languageTag(tag: string): Language | '*' | undefined {
  if (tag === '*') return '*';
  if (tag === 'zh' || tag.startsWith('zh-')) return 'zh';
  return tag === 'en' || tag.startsWith('en-') ? 'en' : undefined;
}

function qualityOf(parameters: string[]): number {
  const text = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('q='));
  if (text === undefined) return 1;
  const quality = Number(text.slice(2));
  return quality >= 0 && quality <= 1 ? quality : 0;
}
