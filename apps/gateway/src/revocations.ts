// Tokens and users that were revoked: looked at before a token is believed, bounded, without a word from anybody else.
import type { NumberedRevocation } from '@message-push/state';
import type { Identity } from './session.ts';

/** Users beyond this are forgotten oldest first: their inboxes remember them too, and refuse at BIND. */
const USERS_MAX = 100_000;
const TOKENS_MAX = 1_000_000;

export class Revocations {
  /** Token → when it ends anyway, epoch seconds. */
  #tokens = new Map<string, number>();
  /** User → tokens issued before this epoch second are refused. */
  #users = new Map<string, number>();

  add({ revocation }: NumberedRevocation, nowS: number): void {
    if (revocation.kind === 'token') {
      if (revocation.expires_at > nowS) this.#tokens.set(keyOf(revocation.app, revocation.jti), revocation.expires_at);
      if (this.#tokens.size > TOKENS_MAX) this.#dropEnded(nowS);
    }
    if (revocation.kind === 'user') {
      const key = keyOf(revocation.app, revocation.uid);
      const before = Math.max(revocation.before, this.#users.get(key) ?? 0);
      this.#users.delete(key);
      this.#users.set(key, before);
      if (this.#users.size > USERS_MAX) for (const oldest of this.#users.keys()) return void this.#users.delete(oldest);
    }
  }

  /** A token whose issue time is unknown is not held against its user. */
  has(app: string, identity: Identity): boolean {
    if (this.#tokens.size > 0 && identity.jti !== '' && this.#tokens.has(keyOf(app, identity.jti))) return true;
    if (this.#users.size === 0 || identity.issuedAt === 0) return false;
    return identity.issuedAt < (this.#users.get(keyOf(app, identity.uid)) ?? 0);
  }

  #dropEnded(nowS: number): void {
    for (const [key, endsAt] of this.#tokens) if (endsAt <= nowS) this.#tokens.delete(key);
  }
}

/** App ids hold no slash. */
function keyOf(app: string, name: string): string {
  return `${app}/${name}`;
}
