// Redis of the system: append-only file synced every second, nothing evicted.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from './tcp.ts';
import type { Recipe } from './types.ts';

export const redis: Recipe = {
  engine: 'redis',
  title: 'Redis',
  port: 16_379,
  morePorts: [],
  heapMb: 0,
  stopSignal: 'SIGTERM',

  async prepare({ dir, port }) {
    const data = join(dir, 'data');
    mkdirSync(data, { recursive: true });
    const settings = {
      bind: '127.0.0.1',
      port: String(port),
      dir: data,
      daemonize: 'no',
      save: '', // the append-only file is the one place
      appendonly: 'yes',
      appendfsync: 'everysec',
      'maxmemory-policy': 'noeviction',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    return { file: 'redis-server', args, cwd: data };
  },

  /** While it loads its file it answers LOADING, which is no PONG. */
  async probe({ port }, signal) {
    const answer = String(await ask(port, 'PING\r\n', signal));
    if (!answer.startsWith('+PONG')) throw new Error(answer);
  },

  url: ({ port }) => `redis://127.0.0.1:${port}`,
};
