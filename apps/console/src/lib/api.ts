// The one way to the api: same origin, JSON, and every failure as an ApiFailure with its stable code.

/** A refused call. Status 0: no answer. */
export class ApiFailure extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  readonly retryAfterS: number | undefined;

  constructor(status: number, code: string, message: string, requestId?: string, retryAfterS?: number) {
    super(message);
    this.name = 'ApiFailure';
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.retryAfterS = retryAfterS;
  }
}

/** Calls `/admin/v1{path}`; answers the first element of `data`. */
export async function admin<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
  let response: Response;
  let answer: { code?: number; msg?: string; error?: string; request_id?: string; data?: unknown[] };
  try {
    response = await fetch(`/api/admin/v1${path}`, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    answer = await response.json();
  } catch {
    throw new ApiFailure(0, 'NO_ANSWER', 'no answer');
  }
  if (response.ok && answer.code === 1) return answer.data?.[0] as T; // the api's contract for code 1
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  throw new ApiFailure(
    response.status,
    answer.error ?? 'UNKNOWN',
    answer.msg ?? '',
    answer.request_id,
    Number.isFinite(retryAfter) ? retryAfter : undefined,
  );
}
