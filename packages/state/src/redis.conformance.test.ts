import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { InboxLimits } from '@message-push/delivery';
import type { Clock } from '@message-push/runtime';
import { Cluster, Redis } from 'ioredis';
import { test } from 'vitest';
import { type StateBench, stateConformance } from './conformance.ts';
import { createRedisState } from './redis/redis.ts';

// biome-ignore lint/style/noProcessEnv: which servers the conformance lane may use is the lane's own setting
const { TEST_REDIS_URL: server, TEST_REDIS_CLUSTER: nodes, TEST_REDIS_SEEDS: seedsText = '60', CI } = process.env;
/** Games of random calls beside the pure machine; a long run sets thousands. */
const seeds = Number(seedsText);

function redisBench(urls: string[], cluster: boolean, clock: Clock, inboxLimits: InboxLimits): StateBench {
  const prefix = `test-${randomBytes(6).toString('hex')}:`;
  const options = {
    urls,
    cluster,
    prefix,
    timeoutMs: 5000,
    callsMax: 100_000,
    lossWindowMs: 5000,
    sharedReceiversMin: 2,
  };
  const [first = ''] = urls;
  const admin = cluster ? new Cluster(urls) : new Redis(first);
  return {
    open: () => createRedisState({ ...options, clock, inboxLimits }),
    end: async () => {
      admin.disconnect();
      await removeKeys(urls, cluster, prefix);
    },
    expire: async ({ app, uid }) => {
      const tag = `{${app}:${uid}}`;
      await admin.unlink(`${prefix}e:${tag}`, `${prefix}b:${tag}`);
    },
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
  stateConformance('Redis', async (clock, limits) => redisBench([server], false, clock, limits), seeds);
} else {
  test.skipIf(!CI)('state on Redis: TEST_REDIS_URL names no server', () => {
    throw new Error('start a Redis and set TEST_REDIS_URL, e.g. redis://127.0.0.1:6379');
  });
}

// Every master is to be named: each is cleaned up.
if (nodes)
  stateConformance('Redis Cluster', async (clock, limits) => redisBench(nodes.split(','), true, clock, limits), seeds);
