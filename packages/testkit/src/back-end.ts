// A business back end: plain HTTP with Basic credentials, as any customer would write it.
import type { RunInfo } from './launch.ts';

export interface Answer {
  status: number;
  headers: Headers;
  // Answers are asserted field by field in the tests that read them.
  body: { code: number; msg: string; error?: string; data?: Record<string, unknown>[] };
}

export interface BackEnd {
  push(uids: (string | number)[], content: string, more?: Record<string, unknown>): Promise<Answer>;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** An access token for a person. */
  token(uid: string, more?: Record<string, unknown>): Promise<string>;
}

/** Calls the api of `run` with its demo credential, or with another. */
export function backEnd(run: RunInfo, credential: { app_id: string; app_secret: string } = run.demo): BackEnd {
  const authorization = `Basic ${Buffer.from(`${credential.app_id}:${credential.app_secret}`).toString('base64')}`;
  const call: BackEnd['call'] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${run.api}/message-push/v1${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: JSON.parse(text) };
  };
  return {
    call,
    push: (uids, content, more = {}) =>
      call('POST', '/push', { push_method: 1, platform: 'all', audience: { uids }, message: { content }, ...more }),
    async token(uid, more = {}) {
      const answer = await call('POST', '/tokens', { uid, platform: 'pc', ...more });
      const token = answer.body.data?.[0]?.token;
      if (typeof token !== 'string') throw new Error(`no token: ${JSON.stringify(answer.body)}`);
      return token;
    },
  };
}
