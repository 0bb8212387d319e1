import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { loadConfig, systemClock } from '@message-push/runtime';
import { describe, test } from 'vitest';
import { busFields } from './config.ts';
import { busConformance } from './conformance.ts';
import { createBus } from './index.ts';
import { deleteTopics } from './kafka/bench.ts';

// biome-ignore lint/style/noProcessEnv: which servers the conformance lane may use is the lane's own setting
const { TEST_KAFKA_BROKERS: brokers, CI } = process.env;

if (brokers) {
  busConformance('Kafka', async () => {
    const prefix = `mp-test-${randomBytes(6).toString('hex')}-`;
    const env = { BUS: 'kafka', KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, BUS_PARTITIONS: '2' };
    const config = loadConfig(busFields, env);
    return {
      open: async () => {
        const bus = await createBus(config, { dir: '', clock: systemClock });
        while (await bus.ping().catch((reason) => reason));
        return bus;
      },
      end: () => deleteTopics(config),
      killedPublisher: async () => {
        const program = fileURLToPath(new URL('./publish-until-killed.ts', import.meta.url));
        const child = spawn(process.execPath, [program, ''], { stdio: ['ignore', 'pipe', 'inherit'], env });
        const answered: number[] = [];
        for await (const line of createInterface(child.stdout)) {
          answered.push(Number(line));
          if (answered.length === 200) child.kill('SIGKILL');
        }
        return answered;
      },
    };
  });
} else {
  describe('bus: Kafka', () => {
    test.skipIf(!CI)('TEST_KAFKA_BROKERS names no server', () => {
      throw new Error('CI runs against a real Kafka');
    });
  });
}
