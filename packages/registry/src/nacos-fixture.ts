// For tests against a real Nacos: which one, registries on it that share nothing with other runs, and a line to it that can be cut.
import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createLog, loadConfig, Metrics, systemClock } from '@message-push/runtime';
import { createRegistry, type Registration, type Registry, registryFields } from './index.ts';

// biome-ignore lint/style/noProcessEnv: which servers the lane may use is the lane's own setting
const { TEST_NACOS_SERVERS, TEST_NACOS_USERNAME = '', TEST_NACOS_PASSWORD = '', CI } = process.env;

/** host:port of the servers; '' = none, and what needs one is skipped. */
export const testServers = TEST_NACOS_SERVERS ?? '';
/** A missing server is an error there. */
export const inCi = CI === 'true';

export function testPrefix(): string {
  return `mp-test-${randomBytes(6).toString('hex')}`;
}

/** A registry as a process of its own would open it. */
export async function openNacos(env: Record<string, string>): Promise<Registry> {
  const config = loadConfig(registryFields, {
    REGISTRY: 'nacos',
    NACOS_SERVERS: testServers,
    NACOS_USERNAME: TEST_NACOS_USERNAME,
    NACOS_PASSWORD: TEST_NACOS_PASSWORD,
    ...env,
  });
  return createRegistry(config, { log: createLog('test', 'silent'), metrics: new Metrics(), clock: systemClock });
}

export function nodeAt(id: string, port: number, more: Partial<Registration> = {}): Registration {
  return { role: 'node', id, incarnation: 'i1', address: `127.0.0.1:${port}`, weight: 1, metadata: {}, ...more };
}

/** The lists of nodes that a watcher was told, each as the ids on it. */
export function tellIds(registry: Registry): string[] {
  const lists: string[] = [];
  registry.watch('node', (list) => lists.push(list.map(({ id }) => id).join()));
  return lists;
}

export interface Line {
  address: string;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** A line to the first server. */
export async function openLine(): Promise<Line> {
  const [host = '', port = ''] = (testServers.split(',')[0] ?? '').trim().split(':');
  const sockets = new Set<Socket>();
  let whole = true;
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    for (const [socket, other] of [[near, far] as const, [far, near] as const]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    if (whole) near.pipe(far).pipe(near);
    else near.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    whole = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    // A server that listens on a TCP port has an AddressInfo.
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    mend: () => {
      whole = true;
    },
    close: () => {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
