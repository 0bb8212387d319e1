// Structured log lines (JSON by pino) with secrets masked.
import { openSync } from 'node:fs';
import pino from 'pino';

export type Log = pino.Logger;

/** Query parameters and headers that carry secrets are masked wherever a URL or headers are logged. */
const REDACT = ['req.headers.authorization', 'req.headers.cookie', '*.secret', '*.password', '*.token'];

/** A logger for one process; `level` as pino's, `destination` a file descriptor or path (default stdout). */
export function createLog(name: string, level: string, destination?: number | string): Log {
  const options = { name, level, base: { name }, redact: { paths: REDACT, censor: '[secret]' } };
  if (destination === undefined) return pino(options);
  // Opened here: pino would open a path later, and end the process when its directory has gone by then.
  const file = typeof destination === 'string' ? openSync(destination, 'a', 0o600) : destination;
  return pino(options, pino.destination(file));
}

/** A URL without the values of its token parameters, however their names are written. */
export function maskUrl(url: string): string {
  return url.replace(/([?&])([^=&#]*)=[^&#]*/g, (pair, mark: string, name: string) =>
    namesSecret(name) ? `${mark}${name}=[secret]` : pair,
  );
}

function namesSecret(name: string): boolean {
  try {
    return /^(?:authorization|token|access_token|secret)$/i.test(decodeURIComponent(name).trim());
  } catch {
    return true; // nobody can read the name either
  }
}
