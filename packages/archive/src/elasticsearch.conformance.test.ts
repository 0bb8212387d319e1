import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from '@elastic/elasticsearch';
import { loadConfig, systemClock } from '@message-push/runtime';
import { afterAll, expect, test } from 'vitest';
import { archiveFields } from './config.ts';
import { archiveConformance } from './conformance.ts';
import { Builder, FACTS, receipt } from './conformance-world.ts';
import { MAPPINGS } from './elasticsearch/indices.ts';
import { createArchive } from './index.ts';

// biome-ignore lint/style/noProcessEnv: which servers the conformance lane may use is the lane's own setting
const { TEST_ELASTICSEARCH_URL: server, CI } = process.env;

if (server) {
  const node = new Client({ node: server });
  afterAll(() => node.close());

  archiveConformance('Elasticsearch', async (clock) => {
    const prefix = `mp_test_${randomBytes(6).toString('hex')}_`;
    const env = {
      ARCHIVE: 'elasticsearch',
      ELASTICSEARCH_URL: server,
      ELASTICSEARCH_PREFIX: prefix,
      ELASTICSEARCH_REPLICAS: '0',
    };
    const open = () => createArchive(loadConfig(archiveFields, env), { dir: '', clock });
    return {
      open,
      openAnother: open,
      effort: 0.25,
      settle: async () => {
        await node.indices.refresh({ index: `${prefix}*` });
      },
      killedWriter: async () => {
        const program = fileURLToPath(new URL('./write-until-killed.ts', import.meta.url));
        const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
        const answered: string[] = [];
        for await (const line of createInterface(child.stdout)) {
          answered.push(line);
          if (answered.length === 50) child.kill('SIGKILL');
        }
        return answered;
      },
      end: async () => {
        const indices = Object.keys(await node.indices.get({ index: `${prefix}*` }));
        for (const index of indices) await node.indices.delete({ index });
        await node.indices.deleteIndexTemplate({ name: `${prefix}*` }, { ignore: [404] });
      },
    };
  });

  test('an index of an older release takes what is written now, and finds it by node and reason', async () => {
    const prefix = `mp_test_${randomBytes(6).toString('hex')}_`;
    const env = { ARCHIVE: 'elasticsearch', ELASTICSEARCH_URL: server, ELASTICSEARCH_PREFIX: prefix };
    const push = new Builder().push();
    const day = new Date(push.c_time).toISOString().slice(0, 10).replaceAll('-', '.');
    const index = `${prefix}single_topic-${day}`;
    const { ways: _ways, tallied: _tallied, last_at: _last, ...properties } = MAPPINGS.properties ?? {};
    const aliases = { [`${prefix}single_topic_index`]: {}, [`${index}-write`]: {} };
    await node.indices.create({ index, aliases, mappings: { ...MAPPINGS, properties } });
    const archive = await createArchive(loadConfig(archiveFields, env), { dir: '', clock: systemClock });
    try {
      await archive.write({ pushes: [push], receipts: [receipt(push, { ...FACTS.expired, node: 'node-1' })] });
      await node.indices.refresh({ index });
      for (const query of [{ node: 'node-1' }, { reason: 'inbox full' }])
        expect((await archive.funnel(query)).accepted).toBe(1);
    } finally {
      await archive.close();
      await node.indices.delete({ index });
      await node.indices.deleteIndexTemplate({ name: `${prefix}*` }, { ignore: [404] });
    }
  });
} else {
  test.skipIf(CI !== 'true')('archive: Elasticsearch (skipped: set TEST_ELASTICSEARCH_URL to a server)', () => {
    throw new Error('TEST_ELASTICSEARCH_URL is not set');
  });
}
