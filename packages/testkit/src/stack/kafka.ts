// Kafka: broker and controller in one JVM; topics are made by who needs them, never by a typing error.
import { execFile } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { javaArgs, writeProperties } from './java.ts';
import { ask } from './tcp.ts';
import type { Place, Recipe } from './types.ts';

const run = promisify(execFile);
const LOG_ARGS = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true'];

export const kafka: Recipe = {
  engine: 'kafka',
  title: 'Kafka 4.4.0',
  port: 19_092,
  morePorts: [1], // of the controller
  heapMb: 384,
  stopSignal: 'SIGTERM',
  jars: {},

  async prepare(place) {
    const { dir, artefacts, heapMb } = place;
    const data = join(dir, 'data');
    if (!existsSync(join(data, 'meta.properties'))) await format(place);
    const settings = join(dir, 'server.properties');
    writeProperties(settings, serverSettings(place, data));
    const args = [...javaArgs(heapMb), ...LOG_ARGS, '-cp', join(artefacts, 'libs', '*'), 'kafka.Kafka', settings];
    return { file: 'java', args, cwd: dir };
  },

  /** It answers a request only after it has joined its own cluster; the socket accepts earlier. */
  async probe({ port }, signal) {
    const apiVersions = Buffer.alloc(14);
    apiVersions.writeInt32BE(10, 0); // size of the rest
    apiVersions.writeInt16BE(18, 4); // request ApiVersions
    apiVersions.writeInt16BE(0, 6);
    apiVersions.writeInt32BE(7, 8); // correlation
    apiVersions.writeInt16BE(-1, 12); // no client id
    const answer = await ask(port, apiVersions, signal);
    if (answer.length < 10 || answer.readInt32BE(4) !== 7 || answer.readInt16BE(8) !== 0) throw new Error('not Kafka');
  },

  url: ({ port }) => `127.0.0.1:${port}`,
};

/** Made beside its place and renamed: a kill half-way leaves nothing that looks complete. */
async function format(place: Place): Promise<void> {
  const { dir, artefacts } = place;
  const fresh = join(dir, 'data.new');
  rmSync(fresh, { recursive: true, force: true });
  const settings = join(dir, 'format.properties');
  writeProperties(settings, serverSettings(place, fresh));
  const tool = ['-cp', join(artefacts, 'libs', '*'), 'kafka.tools.StorageTool'];
  const random = await run('java', ['-Xmx128m', ...tool, 'random-uuid']);
  await run('java', ['-Xmx128m', ...tool, 'format', '-t', random.stdout.trim(), '-c', settings]);
  renameSync(fresh, join(dir, 'data'));
}

function serverSettings({ port }: Place, data: string): Record<string, string | number | boolean> {
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${port + 1}`,
    listeners: `CLIENTS://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}`,
    'advertised.listeners': `CLIENTS://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'CLIENTS',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': data,
    'auto.create.topics.enable': false,
    // one broker: nothing can have a second copy
    'default.replication.factor': 1,
    'min.insync.replicas': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    // after a kill -9 the new broker waits until its own old session is over
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 500,
    'group.initial.rebalance.delay.ms': 0,
    // small: it shares the machine with everything else
    'log.segment.bytes': 64 * 1024 * 1024,
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
    'num.network.threads': 2,
    'num.io.threads': 4,
  };
}
