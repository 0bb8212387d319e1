// For tests of what befalls a Redis: a server of their own, which they may stop, kill and misconfigure.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

/** False where the program is not installed. */
export const canStartRedis = spawnSync('redis-server', ['--version']).status === 0;

export class OwnRedis {
  readonly port: number;
  /** Where it speaks with other members of a Redis Cluster. */
  readonly clusterPort: number;
  readonly dir: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, clusterPort: number) {
    this.port = port;
    this.clusterPort = clusterPort;
    this.dir = mkdtempSync(join(tmpdir(), 'mp-redis-'));
  }

  /** A place for a server; nothing listens there yet. */
  static async place(): Promise<OwnRedis> {
    const probes = [createServer(), createServer()].map((probe) => probe.listen(0, '127.0.0.1'));
    await Promise.all(probes.map((probe) => once(probe, 'listening')));
    const [port = 0, clusterPort = 0] = probes.map((probe) => {
      const address = probe.address();
      return typeof address === 'object' && address !== null ? address.port : 0;
    });
    await Promise.all(probes.map((probe) => once(probe.close(), 'close')));
    return new OwnRedis(port, clusterPort);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Resolves when it answers. */
  async start(...more: string[]): Promise<void> {
    const own = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.dir, '--save', ''];
    const kept = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction'];
    this.#process = spawn('redis-server', [...own, ...kept, ...more], { stdio: 'ignore' });
    await this.ask((redis) => redis.ping());
  }

  /** As a member of a Redis Cluster of which it knows nothing yet. */
  startMember(): Promise<void> {
    const member = ['--cluster-enabled', 'yes', '--cluster-port', String(this.clusterPort)];
    return this.start(...member, '--cluster-node-timeout', '2000', '--cluster-require-full-coverage', 'no');
  }

  /** One question of an operator; waits for the server. */
  async ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    redis.on('error', () => undefined); // not there yet
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  }

  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const server = this.#process;
    this.#process = undefined;
    if (server === undefined || server.exitCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
