// The first admin of a platform without one: made by whoever knows the code that stands in the log of every api.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Database } from '@message-push/database';
import type { Log } from '@message-push/runtime';

export interface SetUpDeps {
  database: Pick<Database, 'operators'>;
  /** The first makes the code: it is the same at every api, and after a restart. */
  clusterSecrets: readonly string[];
  log: Log;
}

/** 80 bits: nobody guesses them at the rate that is let through. */
const CODE_BYTES = 10;
const LABEL = 'message-push set-up code v1';

export class SetUp {
  readonly #deps: SetUpDeps;
  readonly #code: string;

  constructor(deps: SetUpDeps) {
    this.#deps = deps;
    const [secret = ''] = deps.clusterSecrets;
    const bytes = createHmac('sha256', secret).update(LABEL).digest().subarray(0, CODE_BYTES);
    this.#code = bytes.toString('hex').replace(/(.{5})(?=.)/g, '$1-');
  }

  /** Whether there is no admin yet. */
  async isNeeded(): Promise<boolean> {
    return !(await this.#deps.database.operators.hasAdmin());
  }

  /** Compares in constant time; how it is written does not matter. */
  isCode(text: string): boolean {
    const [given, right] = [digest(text), digest(this.#code)];
    return timingSafeEqual(given, right);
  }

  /** Writes the code to the log while it is of use. */
  async tell(): Promise<void> {
    const { log } = this.#deps;
    if (await this.isNeeded())
      log.warn({ set_up: this.#code }, 'there is no admin yet: open /setup in the console and give it this code');
  }
}

function digest(text: string): Buffer {
  return createHmac('sha256', LABEL)
    .update(text.toLowerCase().replace(/[^0-9a-f]/g, ''))
    .digest();
}
