// Asks the passport of an app about a token as a gateway would, and says in a sentence what came of it.
import { type Dispatcher, request } from 'undici';

export interface PassportTest {
  url: string | undefined;
  app: string;
  token: string;
  platform: 'pc' | 'mobile';
}

export interface PassportTestResult {
  ok: boolean;
  ms: number;
  uid?: string;
  problem?: string;
}

export interface PassportTestOptions {
  /** Names (with or without port) that may be asked. */
  hosts: string[];
  timeoutMs: number;
  dispatcher?: Dispatcher;
}

const ANSWER_BYTES_MAX = 64 * 1_024;
const UID_CHARS_MAX = 64;

/** Never rejects. */
export async function testPassport(
  { url, app, token, platform }: PassportTest,
  { hosts, timeoutMs, dispatcher }: PassportTestOptions,
): Promise<PassportTestResult> {
  if (url === undefined || !URL.canParse(url)) return { ok: false, ms: 0, problem: 'The app names no passport.' };
  const { host, hostname } = new URL(url);
  if (!hosts.includes(host) && !hosts.includes(hostname))
    return { ok: false, ms: 0, problem: `PASSPORT_HOSTS does not allow ${host}.` };
  const since = performance.now();
  const ms = () => Math.round(performance.now() - since);
  try {
    const { statusCode, body } = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ accessToken: token, appId: app, platForm: platform }),
      signal: AbortSignal.timeout(timeoutMs),
      ...(dispatcher !== undefined && { dispatcher }),
    });
    const text = await readText(body);
    return { ms: ms(), ...judged(statusCode, text) };
  } catch (error) {
    return { ok: false, ms: ms(), problem: problemOf(error, timeoutMs) };
  }
}

/** The text; undefined when it is longer than a gateway would read. */
async function readText(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function judged(status: number, text: string | undefined): Omit<PassportTestResult, 'ms'> {
  if (text === undefined) return { ok: false, problem: `It answered more than ${ANSWER_BYTES_MAX} bytes.` };
  if (status === 401 || status === 403) return { ok: false, problem: `It refused the token (${status}).` };
  if (status !== 200) return { ok: false, problem: `It answered ${status}.` };
  const answer = parsed(text);
  if (answer === undefined || !('code' in answer)) return { ok: false, problem: 'Its answer is no JSON with a code.' };
  if (answer.code !== 1)
    return { ok: false, problem: `It refused the token (code ${String(answer.code).slice(0, 32)}).` };
  const data = 'data' in answer ? answer.data : undefined;
  const uid = typeof data === 'object' && data !== null && 'uid' in data ? data.uid : undefined;
  const name = typeof uid === 'number' && Number.isSafeInteger(uid) ? String(uid) : uid;
  if (typeof name !== 'string' || name === '' || name.length > UID_CHARS_MAX || name.includes('\0'))
    return { ok: false, problem: 'It said yes without a usable data.uid.' };
  return { ok: true, uid: name };
}

function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function problemOf(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `It did not answer within ${timeoutMs} ms.`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason';
  return `It could not be reached (${code}).`;
}
