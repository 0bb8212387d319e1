// What a client shows at the upgrade, by headers or query parameters, in all forms that clients of the original use.
import { ApiError } from '@message-push/protocol';
import type { UpgradeRequest } from './plain-upgrade.ts';

export interface Credentials {
  /** App id or alias (`auth-app-id`). */
  app: string;
  /** Family of the token. */
  platform: 'pc' | 'mobile';
  token: string;
}

/** `Bearer pc:<token>`; the word Bearer and a part before `|` may be there or not. */
const TOKEN_FORM = /^(?:[^|:]*\|)?(pc|mobile):(.+)$/is;
const NAME_CHARS_MAX = 128;
const TOKEN_CHARS_MAX = 8192;

const ABSOLUTE = /^(?:https?|wss?):\/\/[^/?]*/i;

/** The path of a request, without its query and a trailing slash. */
export function pathOf(target: string): string {
  // A request to a proxy names the whole address, and every server has to take it (RFC 9112 §3.2.2).
  const url = target.replace(ABSOLUTE, '');
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Throws MISSING_CREDENTIALS or MALFORMED_TOKEN. Headers count first. */
export function credentialsOf(request: UpgradeRequest, mockUid: string | undefined): Credentials {
  const query = queryOf(request.url ?? '');
  const app = headerOf(request, 'auth-app-id') ?? query.app;
  const authorization = headerOf(request, 'authorization') ?? query.authorization;
  if (app === undefined || app.length > NAME_CHARS_MAX) throw new ApiError('MISSING_CREDENTIALS');
  if (authorization === undefined) {
    if (mockUid !== undefined) return { app, platform: 'pc', token: '' };
    throw new ApiError('MISSING_CREDENTIALS');
  }
  const form = TOKEN_FORM.exec(authorization.replace(/^bearer\s+/i, ''));
  const family = form?.[1]?.toLowerCase();
  const token = form?.[2]?.trim();
  if ((family !== 'pc' && family !== 'mobile') || !token || token.length > TOKEN_CHARS_MAX)
    throw new ApiError('MALFORMED_TOKEN');
  return { app, platform: family, token };
}

/** A header's text without blanks around it, undefined when there is none or nothing in it. */
export function headerOf(request: UpgradeRequest, name: string): string | undefined {
  const value = request.headers[name];
  const text = (Array.isArray(value) ? value[0] : value)?.trim();
  return text === '' ? undefined : text;
}

/** Both query parameters, decoded; names match in any case. Undefined when missing, empty, or not decodable. */
function queryOf(url: string): { app?: string | undefined; authorization?: string | undefined } {
  const query: { app?: string | undefined; authorization?: string | undefined } = {};
  for (let at = url.indexOf('?') + 1; at > 0; at = url.indexOf('&', at) + 1) {
    const equals = url.indexOf('=', at);
    if (equals < 0) break;
    const name = url.slice(at, equals).toLowerCase();
    if (name === 'auth-app-id') query.app ??= valueAt(url, equals + 1);
    else if (name === 'authorization') query.authorization ??= valueAt(url, equals + 1);
  }
  return query;
}

function valueAt(url: string, start: number): string | undefined {
  const end = url.indexOf('&', start);
  const text = decoded(end < 0 ? url.slice(start) : url.slice(start, end)).trim();
  return text === '' ? undefined : text;
}

/** As forms encode: a plus is a blank. Of a token only the blank before it is encoded: the rest is not looked at twice. */
function decoded(text: string): string {
  const plain = text.includes('+') ? text.replaceAll('+', ' ') : text;
  const last = plain.lastIndexOf('%');
  if (last < 0) return plain;
  try {
    return decodeURIComponent(plain.slice(0, last + 3)) + plain.slice(last + 3);
  } catch {
    return '';
  }
}
