// The ring as this gateway last read it, ready for look-ups.
import { EMPTY_RING, type RingDocument } from '@message-push/protocol';
import { buildRing, ownersOf, type Ring } from '@message-push/ring';
import { md5 } from '@message-push/ring/md5';

export class RingView {
  #document: RingDocument = EMPTY_RING;
  #ring: Ring = buildRing([], md5);
  #incarnations = new Map<string, string>();
  #highest = 0;

  get document(): RingDocument {
    return this.#document;
  }

  get version(): number {
    return this.#document.version;
  }

  /** Highest version that anybody was heard to have; a new version is above it. */
  get highest(): number {
    return this.#highest;
  }

  /** Somebody has this version. */
  heardOf(version: number): void {
    if (version > this.#highest) this.#highest = version;
  }

  /** Takes a newer document; answers whether it was newer. Draining nodes own nothing unless there is no other. */
  take(document: RingDocument): boolean {
    this.heardOf(document.version);
    if (document.version <= this.#document.version) return false;
    this.#document = document;
    this.#incarnations = new Map(document.nodes.map(({ id, incarnation }) => [id, incarnation]));
    this.#ring = buildRing(ownersOf(document.nodes), md5);
    return true;
  }

  owner(uid: string): string | undefined {
    return this.#ring.owner(uid);
  }

  next(uid: string, excluded: ReadonlySet<string>): string | undefined {
    return this.#ring.next(uid, excluded);
  }

  /** Whether this very incarnation of a node is on the ring, not one before or after it. */
  lists(id: string, incarnation: string): boolean {
    return this.#incarnations.get(id) === incarnation;
  }

  /** The incarnation that the ring names. */
  incarnation(id: string): string | undefined {
    return this.#incarnations.get(id);
  }

  /** Ids that a session may be bound at. */
  get nodes(): readonly string[] {
    return this.#ring.nodes;
  }
}
