// Which process of this machine has the client's end of a connection on loopback: for faults that are meant for one of many clients.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Columns of /proc/net/tcp, the way split at blanks gives them. */
const LOCAL = 1;
const REMOTE = 2;
const INODE = 9;

/** True when a connection between these ports is this process's end of it. Linux alone; false for a process that is gone. */
export function hasConnection(pid: number, localPort: number, remotePort: number): boolean {
  const inode = inodeOf(localPort, remotePort);
  if (inode === undefined) return false;
  const folder = `/proc/${pid}/fd`;
  return namesIn(folder).some((name) => linkOf(`${folder}/${name}`) === `socket:[${inode}]`);
}

/** A port alone says little: the system gives the same one to connections with different ends. */
function inodeOf(localPort: number, remotePort: number): string | undefined {
  const lines = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  const columns = lines.map((line) => line.trim().split(/\s+/));
  const [local, remote] = [endingOf(localPort), endingOf(remotePort)];
  return columns.find((row) => row[LOCAL]?.endsWith(local) && row[REMOTE]?.endsWith(remote))?.[INODE];
}

function endingOf(port: number): string {
  return `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
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
