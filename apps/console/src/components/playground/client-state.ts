// What a test client is at: its phase, what it is connected as, and what it has counted.
import type { Platform } from '@message-push/protocol/limits';

export type Phase = 'idle' | 'token' | 'connecting' | 'login' | 'open' | 'waiting' | 'closed';
/** `off`: like a client of the original, which does not acknowledge. */
export type AckMode = 'auto' | 'manual' | 'off';

export interface ClientSettings {
  /** Empty: one that the api names, the next one at each attempt. */
  gateway: string;
  app: string;
  uid: string;
  platform: Platform;
}

export interface ClientState {
  phase: Phase;
  /** What it is connected, or was last connected, as. */
  settings: ClientSettings | undefined;
  /** Of coming back: 0 = the first after a connection that had lived. */
  attempt: number;
  /** When it comes back, epoch milliseconds; while `waiting`. */
  retryAt?: number;
  /** Why it is not open, in the words of the server or the api. */
  reason?: string;
  closeCode?: number;
  sessionId?: string;
  resumed?: boolean;
  /** The address that was dialled, without the token. */
  gateway?: string;
  /** Since when it is open, epoch milliseconds. */
  since?: number;
  heartbeatS?: number;
  rttMs?: number;
  heartbeats: number;
  /** Heartbeats in a row without an answer. */
  missed: number;
  received: number;
  /** Last sequence received, and acknowledged. */
  seen?: string;
  acked?: string;
  /** Sockets that were dropped without a close, as a network that fails does; the server has not noticed yet. */
  ghosts: number;
}

export const FRESH: ClientState = {
  phase: 'idle',
  settings: undefined,
  attempt: 0,
  heartbeats: 0,
  missed: 0,
  received: 0,
  ghosts: 0,
};
