// Who is bound here: sessions by person and by gateway.
import type { Gateway, Session } from './session.ts';

/** Measured: one Map entry per person and one per session; a list exists only for a person with several sessions. */
export class Hub {
  readonly #apps = new Map<string, Map<string, Session | readonly Session[]>>();
  #sessions = 0;
  #uids = 0;

  get sessions(): number {
    return this.#sessions;
  }

  get uids(): number {
    return this.#uids;
  }

  /** One session, a list of several, or undefined. Neither changes afterwards. */
  of(app: string, uid: string): Session | readonly Session[] | undefined {
    return this.#apps.get(app)?.get(uid);
  }

  /** The sessions of a person as a list. */
  list(app: string, uid: string): readonly Session[] {
    const here = this.of(app, uid);
    if (here === undefined) return [];
    return isList(here) ? here : [here];
  }

  add(session: Session): void {
    let uids = this.#apps.get(session.app);
    if (uids === undefined) {
      uids = new Map();
      this.#apps.set(session.app, uids);
    }
    const here = uids.get(session.uid);
    if (here === undefined) {
      uids.set(session.uid, session);
      this.#uids++;
    } else uids.set(session.uid, isList(here) ? [...here, session] : [here, session]);
    session.gateway.sessions.set(session.number, session);
    this.#sessions++;
  }

  /** True when it was the person's last session here. */
  remove(session: Session): boolean {
    if (session.gone) return false;
    session.gone = true;
    this.#sessions--;
    if (session.gateway.sessions.get(session.number) === session) session.gateway.sessions.delete(session.number);
    const uids = this.#apps.get(session.app);
    const here = uids?.get(session.uid);
    if (uids === undefined || here === undefined) return false;
    if (isList(here)) {
      const left = here.filter((other) => other !== session);
      const [only] = left;
      uids.set(session.uid, left.length === 1 && only !== undefined ? only : left);
      return false;
    }
    uids.delete(session.uid);
    this.#uids--;
    if (uids.size === 0) this.#apps.delete(session.app);
    return true;
  }

  *all(): Iterable<Session> {
    for (const uids of this.#apps.values())
      for (const here of uids.values()) {
        if (isList(here)) yield* here;
        else yield here;
      }
  }

  /** The session of a gateway's number, if its present bind is this one. */
  find(gateway: Gateway, number: number, bind: number): Session | undefined {
    const session = gateway.sessions.get(number);
    return session?.bind === bind ? session : undefined;
  }
}

/** Array.isArray does not narrow a readonly list. */
export function isList(here: Session | readonly Session[]): here is readonly Session[] {
  return Array.isArray(here);
}
