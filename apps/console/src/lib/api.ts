// The one way to the api: same origin, JSON, every failure an ApiFailure with its stable code. Answers are of the shapes of the
// contract: the api's own tests hold them to it, so that pages carry no schemas.
import type { FieldProblem } from '@message-push/protocol';
import { newKey } from './new-key.ts';

export const API = '/api/admin/v1';

/** A call that did not succeed. Status 0: no answer. */
export class ApiFailure extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | undefined;
  /** What is wrong with which field. */
  readonly details: FieldProblem[];
  readonly retryAfterS: number | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    more: {
      requestId?: string | undefined;
      details?: FieldProblem[] | undefined;
      retryAfterS?: number | undefined;
    } = {},
  ) {
    super(message);
    this.name = 'ApiFailure';
    this.status = status;
    this.code = code;
    this.requestId = more.requestId;
    this.details = more.details ?? [];
    this.retryAfterS = more.retryAfterS;
  }
}

export interface Page<Row> {
  rows: Row[];
  /** Of the next page; absent on the last. */
  cursor: string | undefined;
  /** Of all pages, where the api counts them. */
  total: { count: number; isLowerBound: boolean } | undefined;
}

type Query = Record<string, string | number | boolean | undefined>;

/** Path with its query; what is undefined or empty is left out. */
export function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}

/** The first row of the answer. */
export async function get<Row>(path: string, signal?: AbortSignal): Promise<Row> {
  return rowOf(await call<Row>('GET', path, { signal }));
}

export async function getPage<Row>(path: string, signal?: AbortSignal): Promise<Page<Row>> {
  const answer = await call<Row>('GET', path, { signal });
  const { cursor, total: count, total_is_lower_bound: isLowerBound = false } = answer;
  const total = count === undefined ? undefined : { count, isLowerBound };
  return { rows: rowsOf(answer), cursor, total };
}

interface Mutation {
  body?: unknown;
  /** The same key for a repeated try of the same thing; a new one for each call when absent. */
  key?: string;
}

export async function post<Row>(path: string, mutation: Mutation = {}): Promise<Row> {
  return rowOf(await call<Row>('POST', path, mutation));
}
/** All rows of the answer. */
export async function postRows<Row>(path: string, mutation: Mutation): Promise<Row[]> {
  return rowsOf(await call<Row>('POST', path, mutation));
}
export async function patch<Row>(path: string, mutation: Mutation = {}): Promise<Row> {
  return rowOf(await call<Row>('PATCH', path, mutation));
}
/** Deletes, or does what answers nothing. */
export async function del(path: string, mutation: Mutation = {}): Promise<void> {
  await call<unknown>('DELETE', path, mutation);
}
/** A POST whose answer holds no row. */
export async function act(path: string, mutation: Mutation = {}): Promise<void> {
  await call<unknown>('POST', path, mutation);
}

let signedOut: (() => void) | undefined;

/** Called when the session has ended; answers how to stop listening. */
export function onSignedOut(listener: () => void): () => void {
  signedOut = listener;
  return () => {
    if (signedOut === listener) signedOut = undefined;
  };
}

/** Tells the page that the session has ended, as an answer of the api said. */
export function tellSignedOut(): void {
  signedOut?.();
}

interface Answer<Row> {
  code?: number;
  msg?: string;
  error?: string;
  request_id?: string;
  details?: FieldProblem[];
  data?: Row[];
  cursor?: string;
  total?: number;
  total_is_lower_bound?: boolean;
}

async function call<Row>(
  method: string,
  path: string,
  { body, key, signal }: Mutation & { signal?: AbortSignal | undefined },
): Promise<Answer<Row>> {
  // The api words what is wrong with a field: in the language of the page.
  const headers: Record<string, string> = { 'accept-language': document.documentElement.lang };
  if (method !== 'GET') headers['idempotency-key'] = key ?? newKey();
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  let answer: Answer<Row>;
  try {
    response = await fetch(`${API}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
    answer = await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiFailure(0, 'NO_ANSWER', 'no answer');
  }
  if (response.ok && answer.code === 1) return answer;
  const failure = failureOf(response, answer);
  if (failure.code === 'NOT_SIGNED_IN') tellSignedOut();
  throw failure;
}

function failureOf(response: Response, answer: Answer<unknown>): ApiFailure {
  const retryAfterS = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiFailure(response.status, answer.error ?? 'UNKNOWN', answer.msg ?? '', {
    requestId: answer.request_id,
    details: answer.details,
    retryAfterS: Number.isFinite(retryAfterS) ? retryAfterS : undefined,
  });
}

/** The first row; a page that asked for one thing cannot go on without it. */
function rowOf<Row>(answer: Answer<Row>): Row {
  const [row] = rowsOf(answer);
  if (row === undefined) throw new ApiFailure(200, 'BAD_ANSWER', 'no row');
  return row;
}

function rowsOf<Row>({ data = [] }: Answer<Row>): Row[] {
  if (!Array.isArray(data)) throw new ApiFailure(200, 'BAD_ANSWER', 'no list');
  return data;
}
