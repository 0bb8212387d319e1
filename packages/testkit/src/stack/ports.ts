// Free ports on loopback for servers that are killed and started again on the same one.
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { StackError } from './types.ts';

const LOWEST = 20_000;

/** True when nobody listens on `port` or its companions. */
export async function portsAreFree(port: number, offsets: readonly number[] = []): Promise<boolean> {
  for (const offset of [0, ...offsets]) if (!(await isFree(port + offset))) return false;
  return true;
}

/**
 * A port whose companions are free too. It lies below the range that the system takes the client side of connections from: a client
 * that keeps dialling a killed server there can connect to itself, and then holds the port that the server needs.
 */
export async function freePort(offsets: readonly number[] = []): Promise<number> {
  const reach = Math.max(0, ...offsets);
  const highest = Math.max(LOWEST + 5_000, ephemeralFrom()) - reach;
  for (let tries = 0; tries < 200; tries++) {
    const port = randomInt(LOWEST, highest);
    if (await portsAreFree(port, offsets)) return port;
  }
  throw new StackError(`no free port between ${LOWEST} and ${highest}`);
}

function ephemeralFrom(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
  } catch {
    return 32_768;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
