// The first operator of a platform, signed in at its api as the console does it.
import type { Platform } from '@message-push/testkit';

export interface Operator {
  /** A call below /admin/v1: the `data` of a success, or an error with the answer. */
  ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>[]>;
  /** Events of a stream, as they come, until the signal. */
  listen(query: string, signal: AbortSignal): AsyncIterable<{ event: string; data: Record<string, unknown> }>;
}

/** Changes the start password first, without which nothing else is allowed. */
export async function firstOperator({ run }: Platform): Promise<Operator> {
  const base = `${run.api}/admin/v1`;
  let cookie = '';
  const call = (method: string, path: string, body?: unknown, signal?: AbortSignal) =>
    fetch(`${base}${path}`, {
      method,
      headers: { cookie, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  const ask: Operator['ask'] = async (method, path, body) => {
    const response = await call(method, path, body);
    // The envelope of every answer of the api.
    const answer = (await response.json()) as { data: Record<string, unknown>[] };
    if (response.status !== 200) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer.data;
  };
  const { email, password } = run.operator ?? { email: '', password: '' };
  const signedIn = await call('POST', '/session', { email, password });
  cookie = signedIn.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  await ask('POST', '/session/password', { current: password, next: 'another long password' });
  return {
    ask,
    async *listen(query, signal) {
      const { body } = await call('GET', `/stream${query}`, undefined, signal);
      let rest = '';
      for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const blocks = (rest + piece).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
          const [, event] = /^event: (.*)$/m.exec(block) ?? [];
          const [, data] = /^data: (.*)$/m.exec(block) ?? [];
          if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
        }
      }
    },
  };
}
