// Proves who we are to Nacos: a token, fetched once and renewed in time, that travels in a header and never in an address.
import type { Clock } from '@message-push/runtime';
import { z } from 'zod';
import { NacosError } from './nacos-error.ts';

export interface LoginOptions {
  username: string;
  password: string;
  clock: Clock;
  /** In [0, 1): spreads what many processes try at the same time. */
  jitter(): number;
  /** Posts the form to the server, and waits `timeoutMs` for the answer; never logs it. */
  post(
    server: string,
    path: string,
    form: Record<string, string>,
    timeoutMs: number,
  ): Promise<{ status: number; text: string }>;
}

const PATH = '/nacos/v1/auth/login';
/**
 * Checking a password costs the server 70 ms of a processor, so a hundred processes that start together wait for seconds. Whoever
 * gives up early and tries again at once keeps it from ever catching up.
 */
const TIMEOUT_MS = 10_000;
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 15_000;
/** A refused token is replaced, but no more often than this. */
const RENEW_MIN_MS = 5_000;
/** Of its life, a token is used this far. */
const USED = 0.8;

const answerSchema = z.object({ accessToken: z.string().min(1), tokenTtl: z.number().positive() });

interface Failure {
  error: unknown;
  waitMs: number;
  until: number;
}

/** Every server of a cluster takes the token that one of them has given. */
export class Login {
  readonly #options: LoginOptions;
  readonly #failures = new Map<string, Failure>();
  #token = '';
  #until = Number.NEGATIVE_INFINITY;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;

  constructor(options: LoginOptions) {
    this.#options = options;
  }

  /** The header to send; asks the server for a token where none is at hand. */
  async header(server: string): Promise<Record<string, string>> {
    if (this.#options.clock.now() >= this.#until) {
      this.#running ??= this.#renew(server).finally(() => {
        this.#running = undefined;
      });
      await this.#running;
    }
    return { authorization: `Bearer ${this.#token}` };
  }

  /** The token was refused. Answers whether the call is worth another try. */
  refused(): boolean {
    if (this.#options.clock.now() - this.#renewedAt < RENEW_MIN_MS) return false;
    this.#until = Number.NEGATIVE_INFINITY;
    return true;
  }

  /** A server at which it failed is not asked again at once: until then it fails for the same reason. */
  async #renew(server: string): Promise<void> {
    const { clock, jitter } = this.#options;
    const failed = this.#failures.get(server);
    if (failed !== undefined && clock.now() < failed.until) throw failed.error;
    try {
      await this.#ask(server);
      this.#failures.clear();
    } catch (error) {
      const waitMs = Math.min(RETRY_MAX_MS, (failed?.waitMs ?? RETRY_MIN_MS / 2) * 2);
      this.#failures.set(server, { error, waitMs, until: clock.now() + waitMs * (0.5 + jitter() / 2) });
      throw error;
    }
  }

  async #ask(server: string): Promise<void> {
    const { username, password, clock, post } = this.#options;
    const { status, text } = await post(server, PATH, { username, password }, TIMEOUT_MS);
    const answer = answerSchema.safeParse(status === 200 ? parsed(text) : undefined);
    // What the server answers here may repeat what it was sent: it is not shown.
    if (!answer.success)
      throw new NacosError('away', `${server} refuses the login (${status}): check NACOS_USERNAME and NACOS_PASSWORD`);
    this.#token = answer.data.accessToken;
    this.#renewedAt = clock.now();
    this.#until = this.#renewedAt + answer.data.tokenTtl * 1000 * USED;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
