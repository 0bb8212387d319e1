// Calls of nodes over kept connections: one per node, since a node has one post under way.
import { type InnerPushRequest, innerPushAnswerJson, innerPushRequestJson } from '@message-push/protocol';
import { Pool } from 'undici';
import type { ConsumerConfig } from './config.ts';

/** gone: the address is another incarnation's; refused: this post will never be taken; unreachable: may be tried again. */
export type PostErrorKind = 'gone' | 'refused' | 'unreachable';

export class PostError extends Error {
  readonly kind: PostErrorKind;

  constructor(kind: PostErrorKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'PostError';
    this.kind = kind;
  }
}

/** What a node says with these it says for ever. */
const REFUSALS = [400, 413, 415];
const CONFLICT = 409;
/** An answer is one number per delivery. */
const ANSWER_BYTES_MAX = 1024 * 1024;

export class NodeClient {
  #config: ConsumerConfig;
  #headers: Record<string, string>;
  #pools = new Map<string, Pool>();

  constructor(config: ConsumerConfig, clusterSecrets: string[]) {
    this.#config = config;
    this.#headers = { 'content-type': 'application/json', authorization: `Bearer ${clusterSecrets[0] ?? ''}` };
  }

  /** Sessions reached per delivery. Throws PostError. */
  async push(address: string, request: InnerPushRequest, signal: AbortSignal): Promise<number[]> {
    const { statusCode, text } = await this.#post(address, innerPushRequestJson.encode(request), signal);
    if (statusCode === CONFLICT) throw new PostError('gone', `${address} is another incarnation`);
    if (REFUSALS.includes(statusCode)) throw new PostError('refused', `${address} answered ${statusCode}: ${text}`);
    if (statusCode !== 200) throw new PostError('unreachable', `${address} answered ${statusCode}`);
    const { outcomes } = innerPushAnswerJson.decode(text);
    if (outcomes.length !== request.deliveries.length)
      throw new PostError('unreachable', `${address} answered ${outcomes.length} of ${request.deliveries.length}`);
    return outcomes;
  }

  /** Closes connections to addresses that are not among these. */
  keep(addresses: Set<string>): void {
    for (const [address, pool] of this.#pools) {
      if (addresses.has(address)) continue;
      this.#pools.delete(address);
      // A post under way ends as it ends.
      void pool.close().catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
    this.#pools.clear();
  }

  async #post(address: string, body: Uint8Array, signal: AbortSignal): Promise<{ statusCode: number; text: string }> {
    try {
      const path = '/v1/inner/push';
      const answer = await this.#poolOf(address).request({
        method: 'POST',
        path,
        headers: this.#headers,
        body,
        signal,
      });
      return { statusCode: answer.statusCode, text: await answer.body.text() };
    } catch (cause) {
      throw new PostError('unreachable', `${address} did not answer`, cause);
    }
  }

  #poolOf(address: string): Pool {
    let pool = this.#pools.get(address);
    if (pool === undefined) {
      const { consumerPostTimeoutMs, consumerConnectTimeoutMs } = this.#config;
      pool = new Pool(`http://${address}`, {
        connections: 1,
        pipelining: 1,
        connect: { timeout: consumerConnectTimeoutMs },
        headersTimeout: consumerPostTimeoutMs,
        bodyTimeout: consumerPostTimeoutMs,
        maxResponseSize: ANSWER_BYTES_MAX,
      });
      this.#pools.set(address, pool);
    }
    return pool;
  }
}
