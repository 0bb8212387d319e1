// Which apps keep their messages' words private, and from whom.
import type { Database } from '@message-push/database';
import { may } from '@message-push/protocol/admin';
import type { Clock } from '@message-push/runtime';
import type { FastifyRequest } from 'fastify';
import type { Visible } from '../../message-query.ts';
import { operatorOf, visibleApps } from './guard.ts';

/** A change of the setting counts after this at the latest. */
const FRESH_MS = 1_000;
const NONE: ReadonlySet<string> = new Set();

interface Kept {
  all: string[];
  secret: ReadonlySet<string>;
}

export class PrivateApps {
  readonly #deps: { database: Pick<Database, 'apps'>; clock: Clock };
  #kept: Promise<Kept> | undefined;
  #keptAt = Number.NEGATIVE_INFINITY;

  constructor(deps: { database: Pick<Database, 'apps'>; clock: Clock }) {
    this.#deps = deps;
  }

  /** Apps whose words this operator may not read, though the rest of their messages. */
  async hiddenFrom(request: FastifyRequest): Promise<ReadonlySet<string>> {
    if (mayRead(request)) return NONE;
    return (await this.#read()).secret;
  }

  /** What the operator may find in the history. */
  visible(request: FastifyRequest): Visible {
    const apps = visibleApps(request);
    if (mayRead(request)) return { apps };
    const readable = async () => {
      const { all, secret } = await this.#read();
      return secret.size === 0 ? undefined : all.filter((id) => !secret.has(id));
    };
    return { apps, readable };
  }

  #read(): Promise<Kept> {
    const now = this.#deps.clock.now();
    if (this.#kept === undefined || now - this.#keptAt >= FRESH_MS) {
      this.#keptAt = now;
      this.#kept = this.#list();
      this.#kept.catch(() => {
        this.#kept = undefined;
      });
    }
    return this.#kept;
  }

  async #list(): Promise<Kept> {
    const apps = await this.#deps.database.apps.list();
    const secret = apps.filter(({ settings }) => settings.private_bodies).map(({ id }) => id);
    return { all: apps.map(({ id }) => id), secret: new Set(secret) };
  }
}

function mayRead(request: FastifyRequest): boolean {
  return may(operatorOf(request).session.operator.role, 'readPrivate');
}
