// Finds a port to listen on: the wanted one, or a free one where only a default is taken.
import { createServer } from 'node:net';

/** Answers `wanted` when it is free (0 = let the system choose). A taken default gives way to a free port and is said. */
export async function choosePort(
  host: string,
  wanted: number,
  isDefault: boolean,
  note: (text: string) => void,
): Promise<number> {
  if (wanted === 0 || (await isFree(host, wanted))) return wanted;
  if (!isDefault) throw new Error(`Port ${wanted} is taken. Choose another one, or 0 for a free one.`);
  note(`port ${wanted} is taken, a free one is used`);
  return 0;
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
