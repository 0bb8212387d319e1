// Which apps keep their messages' words private, and from whom.
import type { Database } from '@message-push/database';
import { may } from '@message-push/protocol/admin';
import type { Clock } from '@message-push/runtime';
import type { FastifyRequest } from 'fastify';
import { kept } from '../../kept.ts';
import type { Visible } from '../../message-query.ts';
import { operatorOf, visibleApps } from './guard.ts';

/** A change of the setting counts after this at the latest. */
const FRESH_MS = 1_000;
const NONE: ReadonlySet<string> = new Set();

export class PrivateApps {
  readonly #read: () => Promise<{ all: string[]; secret: ReadonlySet<string> }>;

  constructor({ database, clock }: { database: Pick<Database, 'apps'>; clock: Clock }) {
    const now = () => clock.now();
    this.#read = kept(FRESH_MS, now, async () => {
      const apps = await database.apps.list();
      const secret = apps.filter(({ settings }) => settings.private_bodies).map(({ id }) => id);
      return { all: apps.map(({ id }) => id), secret: new Set(secret) };
    });
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
}

function mayRead(request: FastifyRequest): boolean {
  return may(operatorOf(request).session.operator.role, 'readPrivate');
}
