// Ends streams with their sessions: asks once a second for the sessions of each operator who has a stream.
import type { Database } from '@message-push/database';
import type { EventStream } from './event-stream.ts';

/** A session that was ended has its streams ended within a second. */
export const SESSION_LOOK_MS = 750;
/** Nobody can be told to have been signed out while the database is away; after this long nobody is believed. */
const BELIEVED_MS = 30_000;

export class SessionWatch {
  readonly #operators: Pick<Database['operators'], 'sessions' | 'grants'>;
  #answeredAt: number | undefined;

  constructor(operators: Pick<Database['operators'], 'sessions' | 'grants'>) {
    this.#operators = operators;
  }

  /** Ends those whose session is over, or whose operator has other rights than when the stream began. */
  async look(streams: readonly EventStream[], now: number): Promise<void> {
    this.#answeredAt ??= now;
    try {
      const byOperator = Map.groupBy(streams, ({ reader }) => reader.operator);
      await Promise.all([...byOperator].map(([operator, own]) => this.#lookAt(operator, own)));
      this.#answeredAt = now;
    } catch {
      if (now - this.#answeredAt >= BELIEVED_MS) for (const stream of streams) stream.end();
    }
  }

  async #lookAt(operator: string, streams: readonly EventStream[]): Promise<void> {
    const sessions = new Map((await this.#operators.sessions(operator)).map((session) => [session.id, session]));
    const isOwner = streams.some(({ reader }) => reader.apps !== undefined);
    const grants = isOwner ? (await this.#operators.grants(operator)).toSorted().join() : undefined;
    for (const stream of streams) {
      const { sessionId, role, apps } = stream.reader;
      const session = sessions.get(sessionId);
      const same = session?.operator.role === role && !session.operator.disabled;
      if (!same || (apps !== undefined && [...apps].toSorted().join() !== grants)) stream.end();
    }
  }
}
