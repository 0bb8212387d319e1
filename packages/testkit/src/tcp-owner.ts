// Which process of this machine has the client's end of a connection on loopback: for faults that are meant for one of many clients.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Columns of /proc/net/tcp, the way split at blanks gives them. */
const LOCAL = 1;
const INODE = 9;

/** True when a socket of this process is bound to the port. Linux alone; false for a process that is gone. */
export function hasTcpPort(pid: number, port: number): boolean {
  const inode = inodeOf(port);
  if (inode === undefined) return false;
  const folder = `/proc/${pid}/fd`;
  return namesIn(folder).some((name) => linkOf(`${folder}/${name}`) === `socket:[${inode}]`);
}

function inodeOf(port: number): string | undefined {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  const columns = lines.map((line) => line.trim().split(/\s+/));
  return columns.find(({ [LOCAL]: local }) => local?.endsWith(ending))?.[INODE];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A descriptor may be closed while the list of them is read. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
