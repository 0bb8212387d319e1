// Who this client is to the server, and how far it was: one device id and its cursor, kept in a storage.
import type { Seq } from '@message-push/protocol';
import type { ClientStorage } from './storage.ts';

export class Device {
  private present: string;
  private readonly owner: string;
  private readonly isOurs: boolean;
  private readonly storage: ClientStorage;

  /** An id that is given is the application's; otherwise one is made here. */
  constructor(of: { appId: string; uid: string; deviceId?: string }, storage: ClientStorage) {
    this.owner = `${of.appId}:${of.uid}`;
    this.storage = storage;
    this.isOurs = of.deviceId === undefined;
    this.present = of.deviceId ?? (storage.get(`message-push:device:${this.owner}`) || this.make());
  }

  get id(): string {
    return this.present;
  }

  get cursor(): string | undefined {
    return this.storage.get(this.cursorKey);
  }

  keep(cursor: Seq): void {
    this.storage.set(this.cursorKey, cursor);
  }

  /**
   * Takes a new id that goes on where the old one is, because somebody else has the old one: a browser copies the storage with the
   * tab. False for an id that the application has chosen.
   */
  renew(cursor: Seq): boolean {
    if (!this.isOurs) return false;
    this.present = this.make();
    this.keep(cursor);
    return true;
  }

  private get cursorKey(): string {
    return `message-push:cursor:${this.owner}:${this.present}`;
  }

  private make(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    this.storage.set(`message-push:device:${this.owner}`, id);
    return id;
  }
}
