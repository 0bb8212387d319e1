// The client protocol as the test client speaks it: addresses and frames, written plainly so that each can be looked at.

import { CLOSE, mayComeBack } from '@message-push/protocol/close-codes';
import type { Platform } from '@message-push/protocol/limits';

/** The family of tokens that a platform uses. */
export function familyOf(platform: Platform): 'pc' | 'mobile' {
  return platform === 'h5' ? 'pc' : 'mobile';
}

/** Whether to come back by oneself: also after an expired token, because each attempt brings a fresh one. */
export function comesBack(code: number): boolean {
  return mayComeBack(code) || code === CLOSE.TOKEN_EXPIRED;
}

/** The gateway's address with the token in its query; undefined when it is no address of a WebSocket. */
export function addressOf(gateway: string, token: string, app: string, family: 'pc' | 'mobile'): string | undefined {
  if (!URL.canParse(gateway)) return undefined;
  const url = new URL(gateway);
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') return undefined;
  url.searchParams.set('Authorization', `Bearer ${family}:${token}`);
  url.searchParams.set('auth-app-id', app);
  return url.href;
}

interface Login {
  app: string;
  platform: Platform;
  deviceId: string;
  /** Last sequence seen. */
  cursor?: string | undefined;
  /** This client acknowledges. */
  ack: boolean;
}

export function loginFrame({ app, platform, deviceId, cursor, ack }: Login): string {
  return JSON.stringify({
    cmd: 'LOGIN',
    token: '',
    data: { appKey: app, platform, device_id: deviceId, cursor, ack: ack || undefined },
  });
}

/** `seq` = the last one acknowledged; it acknowledges along with the heartbeat. */
export function heartbeatFrame(seq: string | undefined): string {
  return JSON.stringify({ cmd: 'HEARTBEAT', ...(seq !== undefined && { data: { seq } }) });
}

/** Acknowledges everything up to `seq`. */
export function ackFrame(seq: string): string {
  return JSON.stringify({ cmd: 'ACK', data: { seq } });
}

const FIRST_MS = 1_000;
const LEAST_MS = 500;
const MOST_MS = 20_000;
const DOUBLINGS_MAX = 10;

/**
 * How long to wait before coming back, in milliseconds, as the SDK does: within a second after a connection that had lived, later spread
 * between 0.5 s and a cap that doubles up to 20 s.
 */
export function backoffMs(attempt: number, random: () => number): number {
  if (attempt === 0) return Math.round(random() * FIRST_MS);
  const cap = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, DOUBLINGS_MAX));
  return Math.round(LEAST_MS + random() * (cap - LEAST_MS));
}
