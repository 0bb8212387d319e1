// WebSocket close codes: 4000–4499 tell the client to come back with jitter, 4500–4999 not to come back as it is.

export const CLOSE = {
  NORMAL: 1000,
  LOGIN_TIMEOUT: 1008,
  TOO_BIG: 1009,
  DRAIN: 4001,
  SILENCE: 4002,
  SLOW_READER: 4008,
  TOKEN_EXPIRED: 4501,
  REVOKED: 4502,
  DISCONNECTED: 4503,
  TOO_MANY_SESSIONS: 4504,
  APP_DISABLED: 4505,
  REPLACED: 4506,
} as const;
export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];

/** Reasons sent with the codes: ASCII, at most 123 bytes. */
export const CLOSE_REASONS: Record<CloseCode, string> = {
  1000: 'bye',
  1008: 'login timeout!',
  1009: 'frame too big',
  4001: 'server is draining',
  4002: 'no sign of life for 60 s',
  4008: 'reader too slow',
  4501: 'token expired',
  4502: 'token revoked',
  4503: 'disconnected by the app',
  4504: 'too many sessions',
  4505: 'app disabled',
  4506: 'replaced by the same device',
};

/** Whether a client should come back by itself after this code. */
export function mayComeBack(code: number): boolean {
  return code < 4500 || code > 4999;
}
