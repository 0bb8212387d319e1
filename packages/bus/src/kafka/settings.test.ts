import { loadConfig } from '@message-push/runtime';
import { expect, test } from 'vitest';
import { busFields } from '../config.ts';
import { createBus } from '../index.ts';
import { kafkaSettings } from './settings.ts';
import { topicSpec } from './topics.ts';

const KAFKA = { BUS: 'kafka', KAFKA_BROKERS: 'one:9092' };
const settings = (env: Record<string, string> = {}) => kafkaSettings(loadConfig(busFields, { ...KAFKA, ...env }));

test.each([
  [{ KAFKA_BROKERS: '' }, 'KAFKA_BROKERS: BUS=kafka needs the addresses of its brokers, as host:port,host:port'],
  [{ KAFKA_BROKERS: 'one:9092,two' }, 'KAFKA_BROKERS: "two" is not host:port'],
  [{ KAFKA_BROKERS: 'one:99999' }, 'KAFKA_BROKERS: "one:99999" is not host:port'],
  [{ KAFKA_USERNAME: 'me' }, 'KAFKA_PASSWORD: is missing, and KAFKA_USERNAME is set'],
  [{ KAFKA_PASSWORD: 'secret' }, 'KAFKA_USERNAME: is missing, and KAFKA_PASSWORD is set'],
  [{ KAFKA_SASL: 'plain' }, 'KAFKA_SASL: needs KAFKA_USERNAME and KAFKA_PASSWORD'],
  [{ KAFKA_CA_FILE: '/ca.pem' }, 'KAFKA_CA_FILE: is only used with KAFKA_TLS=true'],
  [{ KAFKA_TLS: 'true', KAFKA_CA_FILE: '/not/there.pem' }, "KAFKA_CA_FILE: can't be read"],
  [{ KAFKA_HEARTBEAT_MS: '3000' }, 'KAFKA_HEARTBEAT_MS: must be at most a third of KAFKA_SESSION_MS'],
  [{ KAFKA_MESSAGE_BYTES_MAX: '100000' }, 'KAFKA_BATCH_BYTES_MAX: must be at most KAFKA_MESSAGE_BYTES_MAX'],
  [{ KAFKA_TOPIC_PREFIX: 'a b' }, 'KAFKA_TOPIC_PREFIX: may hold letters, digits, dots, hyphens and underscores'],
])('%o is refused at start with a sentence that names the variable', async (env, sentence) => {
  const start = async () => {
    await createBus(loadConfig(busFields, { ...KAFKA, ...env }), { dir: '', clock: { now: () => 0 } });
  };
  await expect(start()).rejects.toThrow(sentence);
});

test('all problems are told at once', () => {
  expect(() => settings({ KAFKA_BROKERS: 'x', KAFKA_SASL: 'plain' })).toThrow(/KAFKA_BROKERS[\s\S]*KAFKA_SASL/);
});

test('brokers may be IPv6; plain is how to sign in unless said otherwise', () => {
  const { seeds, sasl, ssl } = settings({
    KAFKA_BROKERS: 'one:9092, [::1]:9093',
    KAFKA_USERNAME: 'me',
    KAFKA_PASSWORD: 'secret',
    KAFKA_TLS: 'true',
  });
  expect(seeds).toEqual([
    { host: 'one', port: 9092 },
    { host: '::1', port: 9093 },
  ]);
  expect(sasl).toEqual({ mechanism: 'plain', username: 'me', password: 'secret' });
  expect(ssl).toEqual({});
});

test('a topic has three copies and two in sync where there are brokers for it, else what they allow', () => {
  const spec = (brokers: number, env: Record<string, string> = {}) => topicSpec('pushes', settings(env), brokers);
  const inSync = (count: string) => expect.arrayContaining([{ name: 'min.insync.replicas', value: count }]);
  expect(spec(5)).toMatchObject({ numPartitions: 24, replicationFactor: 3, configEntries: inSync('2') });
  expect(spec(2)).toMatchObject({ replicationFactor: 2, configEntries: inSync('1') });
  expect(spec(1)).toMatchObject({ replicationFactor: 1, configEntries: inSync('1') });
  expect(spec(5, { KAFKA_REPLICATION: '1', BUS_PARTITIONS: '7' })).toMatchObject({
    numPartitions: 7,
    replicationFactor: 1,
  });
  expect(topicSpec('dead', settings({ BUS_PARTITIONS: '7' }), 3)).toMatchObject({ numPartitions: 1 });
});
