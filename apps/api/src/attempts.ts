// Counts failures per origin within a minute, in bounded memory, so that nobody can try secrets at speed.
import { isIPv6 } from 'node:net';

const WINDOW_MS = 60_000;
const ORIGINS_MAX = 10_000;

interface Window {
  failures: number;
  since: number;
}

export class Attempts {
  readonly #windows = new Map<string, Window>();
  readonly #perMinute: number;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Seconds until this origin may try again; 0 = now. */
  waitS(origin: string, now: number): number {
    const window = this.#windows.get(origin);
    if (window === undefined || window.failures < this.#perMinute) return 0;
    return Math.max(0, Math.ceil((window.since + WINDOW_MS - now) / 1_000));
  }

  failed(origin: string, now: number): void {
    const window = this.#windows.get(origin);
    if (window !== undefined && now - window.since < WINDOW_MS) {
      window.failures++;
      return;
    }
    this.#windows.delete(origin);
    if (this.#windows.size >= ORIGINS_MAX) this.#forget(now);
    this.#windows.set(origin, { failures: 1, since: now });
  }

  /** Makes room: first what has ended, else the window that began first. */
  #forget(now: number): void {
    for (const [origin, { since }] of this.#windows) {
      if (now - since < WINDOW_MS) break;
      this.#windows.delete(origin);
    }
    if (this.#windows.size < ORIGINS_MAX) return;
    const [oldest] = this.#windows.keys();
    if (oldest !== undefined) this.#windows.delete(oldest);
  }
}

/** An IPv4 address in its plain form, also when it came as `::ffff:1.2.3.4`. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** Who is counted as one: an IPv4 address, or the /64 network of an IPv6 address (one household has them all). */
export function originOf(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [head = '', tail = ''] = plain.split('%', 1)[0]?.split('::') ?? [];
  const front = head.split(':').filter((part) => part !== '');
  const back = tail.split(':').filter((part) => part !== '');
  const zeros = Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  return `${[...front, ...(plain.includes('::') ? zeros : []), ...back].slice(0, 4).join(':')}::/64`;
}
