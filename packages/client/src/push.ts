// The client for back ends: one push, safely repeated until its fate is known.
import type { FieldProblem, MessageBody, MessageId } from '@message-push/protocol';

export interface PushClientOptions {
  /** http(s)://host:port of the api. */
  baseUrl: string;
  appId: string;
  appSecret: string;
  /** Attempts after the first for answers that a retry can cure (network trouble, 409 IN_PROGRESS, 429, 503). Default 4. */
  retries?: number;
  /** Milliseconds one attempt may take. Default 15,000. */
  timeoutMs?: number;
  fetch?: typeof fetch;
}

export interface PushInput {
  uids?: (string | number)[];
  device_ids?: string[];
  /** all, h5, android, ios, or several joined by a comma. Default all. */
  platform?: string;
  message: MessageBody;
  /** Seconds to keep it for absent receivers; 0 = only who is online now. */
  ttl_s?: number;
  /** Default: a random one, so that a repeated attempt is never a second push. */
  idempotencyKey?: string;
}

export interface PushResult {
  message_id: MessageId;
  accepted: number;
  unknown_devices?: string[];
}

export interface TokenInput {
  uid: string | number;
  platform: 'pc' | 'mobile';
  device_id?: string;
  ttl_s?: number;
}

/** A refused call: HTTP status, stable code, and the fields that are wrong. Status 0: no answer at all. */
export class PushError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: FieldProblem[];
  readonly requestId: string | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    details: FieldProblem[] = [],
    requestId?: string,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'PushError';
    this.status = status;
    this.code = code;
    this.details = details;
    this.requestId = requestId;
  }
}

export interface PushClient {
  push(input: PushInput): Promise<PushResult>;
  /** An access token for a person's WebSocket; `expires_at` is an ISO date or epoch as the api answers it. */
  token(input: TokenInput): Promise<{ token: string; expires_at: string | number }>;
}

interface Envelope {
  code: number;
  msg: string;
  error?: string;
  details?: FieldProblem[];
  request_id?: string;
  data?: unknown[];
}

/** Makes a client; it holds no connection of its own. */
export function createPushClient(options: PushClientOptions): PushClient {
  const authorization = `Basic ${base64(`${options.appId}:${options.appSecret}`)}`;
  const attempts = 1 + (options.retries ?? 4);

  async function once(path: string, body: string, key: string | undefined): Promise<unknown> {
    const headers: Record<string, string> = {
      authorization,
      'content-type': 'application/json',
      'accept-language': 'en',
    };
    if (key !== undefined) headers['idempotency-key'] = key;
    const signal = AbortSignal.timeout(options.timeoutMs ?? 15_000);
    let response: Response;
    let answer: Envelope;
    try {
      response = await (options.fetch ?? fetch)(`${options.baseUrl}/message-push/v1${path}`, {
        method: 'POST',
        headers,
        body,
        signal,
      });
      answer = (await response.json()) as Envelope; // every answer of the api has this shape
    } catch (cause) {
      throw new PushError(0, 'NO_ANSWER', 'the api did not answer', [], undefined, cause);
    }
    if (answer.code === 1) return answer.data?.[0];
    const error = new PushError(
      response.status,
      answer.error ?? 'UNKNOWN',
      answer.msg,
      answer.details,
      answer.request_id,
    );
    throw Object.assign(error, { retryAfterS: Number(response.headers.get('retry-after') ?? Number.NaN) });
  }

  async function call(path: string, body: unknown, key: string | undefined): Promise<unknown> {
    const text = JSON.stringify(body);
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(path, text, key);
      } catch (error) {
        if (!(error instanceof PushError) || attempt >= attempts || !isCurable(error)) throw error;
        await pause(error, attempt);
      }
    }
  }

  return {
    async push({ uids, device_ids, platform = 'all', message, ttl_s, idempotencyKey = crypto.randomUUID() }) {
      const audience = { ...(uids ? { uids } : {}), ...(device_ids ? { device_ids } : {}) };
      const more = ttl_s === undefined ? {} : { options: { ttl_s } };
      const result = await call('/push', { push_method: 1, platform, audience, message, ...more }, idempotencyKey);
      return result as PushResult; // the api's contract for code 1
    },
    async token(input) {
      const result = await call('/tokens', input, undefined);
      return result as { token: string; expires_at: string | number }; // as above
    },
  };
}

function isCurable(error: PushError): boolean {
  return error.status === 0 || error.status === 429 || error.status === 503 || error.code === 'IN_PROGRESS';
}

function pause(error: PushError, attempt: number): Promise<void> {
  const asked = 'retryAfterS' in error && typeof error.retryAfterS === 'number' ? error.retryAfterS : Number.NaN;
  const ms = Number.isFinite(asked) ? asked * 1000 : 200 * 2 ** attempt;
  return new Promise((resolve) => setTimeout(resolve, Math.min(ms, 10_000) * (0.75 + Math.random() / 2)));
}

/** Base64 of UTF-8 text, in browsers and Node. */
function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}
