import { describe, expect, test } from 'vitest';
import { createPushClient, PushError } from './index.ts';

/** A fetch that gives the scripted answers one after the other and notes the keys. */
function scripted(answers: (() => Response)[]): { fetch: typeof fetch; keys: (string | null)[] } {
  const keys: (string | null)[] = [];
  return {
    keys,
    fetch: async (_url, init) => {
      keys.push(new Headers(init?.headers).get('idempotency-key'));
      const answer = answers[keys.length - 1];
      if (!answer) throw new Error('more calls than answers');
      return answer();
    },
  };
}

const json = (status: number, body: object, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });
const options = { baseUrl: 'http://api.test', appId: 'a', appSecret: 's' };
const input = { uids: ['1'], message: { content: 'hi' } };

describe('a push from a back end', () => {
  test('is repeated with the same key until its fate is known', async () => {
    const { fetch, keys } = scripted([
      () => {
        throw new TypeError('fetch failed');
      },
      () => json(503, { code: 503, msg: 'unknown', error: 'PUBLISH_UNKNOWN' }, { 'retry-after': '0' }),
      () => json(409, { code: 409, msg: 'under way', error: 'IN_PROGRESS' }, { 'retry-after': '0' }),
      () => json(200, { code: 1, msg: 'OK', data: [{ message_id: 'm', accepted: 1 }] }),
    ]);
    expect(await createPushClient({ ...options, fetch }).push(input)).toEqual({ message_id: 'm', accepted: 1 });
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('that is wrong is refused at once, with the field', async () => {
    const details = [{ path: 'message.content', problem: 'is required' }];
    const { fetch, keys } = scripted([() => json(400, { code: 400, msg: 'no', error: 'INVALID_BODY', details })]);
    const refused = await createPushClient({ ...options, fetch })
      .push(input)
      .catch((error) => error);
    expect(refused).toBeInstanceOf(PushError);
    expect(refused).toMatchObject({ status: 400, code: 'INVALID_BODY', details });
    expect(keys.length).toBe(1);
  });

  test('gives up after its retries with the last error', async () => {
    const answer = () => json(503, { code: 503, msg: 'away', error: 'BUS_UNAVAILABLE' }, { 'retry-after': '0' });
    const { fetch, keys } = scripted([answer, answer, answer]);
    await expect(createPushClient({ ...options, fetch, retries: 2 }).push(input)).rejects.toMatchObject({
      code: 'BUS_UNAVAILABLE',
    });
    expect(keys.length).toBe(3);
  });
});
