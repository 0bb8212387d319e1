// A back end that pushes steadily, as a careful customer would: each push has a key and is repeated at any api until it is answered.
import type { RunningCluster } from '@message-push/testkit';
import { Agent } from 'undici';
import type { Random } from '../system/random.ts';

export interface AcceptedPush {
  id: string;
  uids: string[];
  /** First try and answer, epoch milliseconds. */
  sentAt: number;
  acceptedAt: number;
}

export interface PushStreamOptions {
  cluster: RunningCluster;
  random: Random;
  uids: readonly string[];
  /** Pushes a second. */
  rate: number;
}

const TICK_MS = 20;
/** One push in this many has several receivers. */
const CROWD_EVERY = 20;
const CROWD_SIZE = 20;
const RETRY_MS = 100;
/** A push that is not answered by then is an error of the run. */
const GIVE_UP_MS = 120_000;
const TRY_MS = 15_000;

export class PushStream {
  readonly accepted: AcceptedPush[] = [];
  /** Answers other than 200, by status: they were repeated. */
  readonly repeated = new Map<string, number>();
  readonly #options: PushStreamOptions;
  readonly #agent = new Agent({ connections: 128, pipelining: 1 });
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #started = 0;
  #due = 0;
  #number = 0;
  #failure: unknown;

  constructor(options: PushStreamOptions) {
    this.#options = options;
  }

  start(): void {
    this.#started = Date.now();
    this.#due = 0;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Resolves when every push is answered; rejects when one never was. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    await this.#agent.close();
    if (this.#failure !== undefined) throw this.#failure;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  #tick(): void {
    const wanted = ((Date.now() - this.#started) / 1000) * this.#options.rate;
    for (; this.#due < wanted; this.#due++) {
      const push: Promise<void> = this.#push()
        .catch((error: unknown) => {
          this.#failure ??= error;
        })
        .finally(() => this.#underWay.delete(push));
      this.#underWay.add(push);
    }
  }

  #receivers(): string[] {
    const { random, uids } = this.#options;
    if (random.int(CROWD_EVERY) > 0) return [random.pick(uids)];
    const from = random.int(uids.length);
    return Array.from({ length: Math.min(CROWD_SIZE, uids.length) }, (_, i) => uids[(from + i) % uids.length] ?? '');
  }

  async #push(): Promise<void> {
    const uids = this.#receivers();
    const number = this.#number++;
    const key = `push-${this.#started}-${number}`;
    const sentAt = Date.now();
    const body = JSON.stringify({
      push_method: 1,
      platform: 'all',
      audience: { uids },
      message: { content: `message ${number}` },
    });
    const why = new Map<string, number>();
    while (Date.now() - sentAt < GIVE_UP_MS) {
      const answer = await this.#try(key, body);
      if (typeof answer !== 'string') {
        this.accepted.push({ id: answer.id, uids, sentAt, acceptedAt: Date.now() });
        return;
      }
      for (const counts of [this.repeated, why]) counts.set(answer, (counts.get(answer) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    throw new Error(`push ${key} was not answered within ${GIVE_UP_MS} ms: ${JSON.stringify([...why])}`);
  }

  /** The message id, or why it has to be repeated. */
  async #try(key: string, body: string): Promise<{ id: string } | string> {
    const { cluster, random } = this.#options;
    const { app_id, app_secret } = cluster.run.demo;
    try {
      const response = await this.#agent.request({
        origin: random.pick(cluster.apis),
        path: '/message-push/v1/push',
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${app_id}:${app_secret}`).toString('base64')}`,
          'content-type': 'application/json',
          'idempotency-key': key,
        },
        body,
        headersTimeout: TRY_MS,
      });
      const text = await response.body.text();
      if (response.statusCode === 200) return { id: JSON.parse(text).data[0].message_id };
      if (response.statusCode >= 500 || response.statusCode === 429 || response.statusCode === 409)
        return `${response.statusCode} ${JSON.parse(text).error}`;
      throw new Refused(text);
    } catch (error) {
      if (error instanceof Refused) throw error;
      return 'no answer';
    }
  }
}

class Refused extends Error {}
