import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { InboxLimits } from '@message-push/delivery';
import type { Clock } from '@message-push/runtime';
import { Redis } from 'ioredis';
import { test } from 'vitest';
import { type StateBench, stateConformance } from './conformance.ts';
import { createRedisState } from './redis/redis.ts';

// biome-ignore lint/style/noProcessEnv: which servers the conformance lane may use is the lane's own setting
const { TEST_REDIS_URL: server, TEST_REDIS_CLUSTER: nodes, CI } = process.env;

function redisBench(urls: string[], cluster: boolean, clock: Clock, inboxLimits: InboxLimits): StateBench {
  const prefix = `test-${randomBytes(6).toString('hex')}:`;
  const options = { urls, cluster, prefix, timeoutMs: 5000, lossWindowMs: 5000, sharedReceiversMin: 2 };
  return {
    open: () => createRedisState({ ...options, clock, inboxLimits }),
    end: () => removeKeys(urls, cluster, prefix),
    killedAppender: async () => {
      const program = fileURLToPath(new URL('./append-until-killed.ts', import.meta.url));
      const args = [program, JSON.stringify(options), `${clock.now()}`];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const answered: { app: string; uid: string; seq: string }[] = [];
      for await (const line of createInterface(child.stdout)) {
        const [uid = '', seq = ''] = line.split(' ');
        answered.push({ app: 'shop', uid, seq });
        if (answered.length === 200) child.kill('SIGKILL');
      }
      return answered;
    },
  };
}

async function removeKeys(urls: string[], cluster: boolean, prefix: string): Promise<void> {
  for (const url of urls) {
    const redis = new Redis(url);
    for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1000 }))
      for (const key of keys) await redis.unlink(key).catch((error) => cluster || Promise.reject(error));
    redis.disconnect();
  }
}

if (server) {
  stateConformance('Redis', async (clock, limits) => redisBench([server], false, clock, limits));
} else {
  test.skipIf(!CI)('state on Redis: TEST_REDIS_URL names no server', () => {
    throw new Error('start a Redis and set TEST_REDIS_URL, e.g. redis://127.0.0.1:6379');
  });
}

// Every master is to be named: each is cleaned up.
if (nodes)
  stateConformance('Redis Cluster', async (clock, limits) => redisBench(nodes.split(','), true, clock, limits));
