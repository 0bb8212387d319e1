// The table of sessions: by number, counted by address, app and uid.
import type { AddressCount, Session } from './session.ts';
import { STAGE } from './session.ts';

export class Sessions {
  #byNumber = new Map<number, Session>();
  #addresses = new Map<string, AddressCount>();
  #last = 0;
  #loggedIn = 0;

  /** Open sockets. */
  get size(): number {
    return this.#byNumber.size;
  }

  /** Sessions whose LOGIN was accepted. */
  get loggedIn(): number {
    return this.#loggedIn;
  }

  /** Unused among the living; below 2^32. */
  nextNumber(): number {
    do this.#last = (this.#last + 1) >>> 0;
    while (this.#byNumber.has(this.#last));
    return this.#last;
  }

  get(number: number): Session | undefined {
    return this.#byNumber.get(number);
  }

  values(): MapIterator<Session> {
    return this.#byNumber.values();
  }

  /** The counter of an address; it is kept while it counts a socket. */
  address(address: string): AddressCount {
    return this.#addresses.get(address) ?? { address, sockets: 0 };
  }

  add(session: Session): void {
    this.#byNumber.set(session.number, session);
    if (session.address.sockets++ === 0) this.#addresses.set(session.address.address, session.address);
    session.app.sockets++;
  }

  /** Counts the session for its uid: its LOGIN was accepted. */
  logIn(session: Session): void {
    const { byUid } = session.app;
    session.nextOfUid = byUid.get(session.uid);
    byUid.set(session.uid, session);
    this.#loggedIn++;
  }

  /** Sessions of a uid that are logged in, newest first. */
  *ofUid(session: Pick<Session, 'app' | 'uid'>): Generator<Session> {
    for (let each = session.app.byUid.get(session.uid); each !== undefined; each = each.nextOfUid) yield each;
  }

  countOfUid(session: Pick<Session, 'app' | 'uid'>): number {
    let count = 0;
    for (let each = session.app.byUid.get(session.uid); each !== undefined; each = each.nextOfUid) count++;
    return count;
  }

  /** Takes the session out, once; answers whether it was in. */
  remove(session: Session): boolean {
    if (!this.#byNumber.delete(session.number)) return false;
    if (--session.address.sockets === 0) this.#addresses.delete(session.address.address);
    session.app.sockets--;
    if (session.stage === STAGE.PENDING || session.stage === STAGE.LIVE) this.#logOut(session);
    session.stage = STAGE.GONE;
    return true;
  }

  /** Back to the time before LOGIN. */
  logOut(session: Session): void {
    this.#logOut(session);
    session.stage = STAGE.NEW;
  }

  #logOut(session: Session): void {
    const { byUid } = session.app;
    this.#loggedIn--;
    const first = byUid.get(session.uid);
    if (first === session) {
      if (session.nextOfUid === undefined) byUid.delete(session.uid);
      else byUid.set(session.uid, session.nextOfUid);
    } else {
      let before = first;
      while (before !== undefined && before.nextOfUid !== session) before = before.nextOfUid;
      if (before !== undefined) before.nextOfUid = session.nextOfUid;
    }
    session.nextOfUid = undefined;
  }
}
