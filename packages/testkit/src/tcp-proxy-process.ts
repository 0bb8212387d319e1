// A TCP proxy in a process of its own: what goes through it does not wait for a busy test.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TcpProxyCounts } from './tcp-proxy.ts';

/** A method of TcpProxy and what it is given; `counts` changes nothing. */
export type ProxyCommand =
  | [name: 'cut' | 'blackhole' | 'heal' | 'counts', value?: undefined]
  | [name: 'halfOpen', swallowed: 'to-target' | 'to-client']
  | [name: 'delay' | 'throttle', amount: number];

export interface ProxyProcess {
  /** host:port. */
  readonly address: string;
  /** Resolves when it is done, with what happened so far. One command at a time. */
  tell(...command: ProxyCommand): Promise<TcpProxyCounts>;
  close(): Promise<void>;
}

/** Faults are for the connections of the process `victim`. */
export async function startTcpProxy(target: string, victim: number): Promise<ProxyProcess> {
  const program = fileURLToPath(new URL('tcp-proxy-program.ts', import.meta.url));
  const child = fork(program, [target, String(victim)], { execArgv: [] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const next = async <T>(): Promise<T> => {
    const gone = exited.then(() => Promise.reject(new Error('the proxy has ended')));
    return Promise.race([new Promise<T>((resolve) => child.once('message', (message) => resolve(message as T))), gone]); // as its program says it
  };
  const { address } = await next<{ address: string }>();
  return {
    address,
    async tell(...command) {
      const answer = next<{ counts: TcpProxyCounts }>();
      child.send(command);
      return (await answer).counts;
    },
    async close() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
