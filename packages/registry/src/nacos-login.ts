// Proves who we are to Nacos: a token, fetched once and renewed in time, that travels in a header and never in an address.
import type { Clock } from '@message-push/runtime';
import { z } from 'zod';
import { NacosError } from './nacos-error.ts';

export interface LoginOptions {
  username: string;
  password: string;
  clock: Clock;
  /** Posts the form to the server; never logs it. */
  post(server: string, path: string, form: Record<string, string>): Promise<{ status: number; text: string }>;
}

const PATH = '/nacos/v1/auth/login';
/** A refused token is replaced, but no more often than this: checking a password costs the server 70 ms. */
const RENEW_MIN_MS = 5_000;
/** Of its life, a token is used this far. */
const USED = 0.8;

const answerSchema = z.object({ accessToken: z.string().min(1), tokenTtl: z.number().positive() });

/** Every server of a cluster takes the token that one of them has given. */
export class Login {
  readonly #options: LoginOptions;
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

  async #renew(server: string): Promise<void> {
    const { username, password, clock, post } = this.#options;
    const { status, text } = await post(server, PATH, { username, password });
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
