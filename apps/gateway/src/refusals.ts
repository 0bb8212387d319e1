// How a gateway refuses: an HTTP answer with the envelope, in the caller's language, with an id that the log names too.
import { STATUS_CODES } from 'node:http';
import { type ApiError, errorText, type Language } from '@message-push/protocol';
import { headerOf } from './credentials.ts';
import type { UpgradeRequest } from './plain-upgrade.ts';

export interface Refusal {
  requestId: string;
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Makes refusals whose ids are unique as long as `incarnation` is. */
export class Refusals {
  #prefix: string;
  #count = 0;

  constructor(incarnation: string) {
    this.#prefix = incarnation.slice(-8);
  }

  of(error: ApiError, language: Language): Refusal {
    const { code, http, params, details, retryAfterS } = error;
    const requestId = `${this.#prefix}-${(++this.#count).toString(36)}`;
    const msg = errorText(code, language, params);
    const body = JSON.stringify({ code: http, msg, error: code, request_id: requestId, details });
    const headers: Record<string, string> = {
      // A body that nobody reads would be taken for the next request.
      connection: 'close',
      'content-type': 'application/json; charset=utf-8',
      'content-language': language === 'zh' ? 'zh-CN' : 'en',
      'content-length': String(Buffer.byteLength(body)),
      'x-request-id': requestId,
    };
    if (retryAfterS !== undefined) headers['retry-after'] = String(Math.ceil(retryAfterS));
    if (params.allowed !== undefined) headers.allow = params.allowed;
    return { requestId, status: http, headers, body };
  }
}

/** The whole answer, for a socket that no HTTP server answers on. */
export function httpText({ status, headers, body }: Refusal): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\n${lines.join('')}\r\n${body}`;
}

/** Without Accept-Language the original's Chinese. */
export function languageOf(request: UpgradeRequest): Language {
  return /^\s*en\b/i.test(headerOf(request, 'accept-language') ?? '') ? 'en' : 'zh';
}
