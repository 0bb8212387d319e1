// Each real server is killed -9 and started again on its data: what it had confirmed is there.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDir } from '../launch.ts';
import {
  ENGINES,
  type Engine,
  type EngineHandle,
  engineEnv,
  installAll,
  missingSystemPackages,
  startEngines,
  testEnv,
} from './index.ts';
import { postgresBinaries } from './postgres.ts';
import { stateOf } from './running.ts';
import { ask } from './tcp.ts';

const run = promisify(execFile);
const missing = process.env.CI === 'true' ? [] : missingSystemPackages(ENGINES);
const soon = () => AbortSignal.timeout(60_000);
const portOf = ({ address }: EngineHandle) => Number(address.split(':')[1]);

/** How to have something stored by an engine, confirmed, and how to read it back. */
const memory: Record<Engine, { store(at: EngineHandle): Promise<void>; recall(at: EngineHandle): Promise<string> }> = {
  redis: {
    store: async (at) => expect(String(await ask(portOf(at), 'SET held fast\r\n', soon()))).toBe('+OK\r\n'),
    recall: async (at) => String(await ask(portOf(at), 'GET held\r\n', soon())).split('\r\n')[1] ?? '',
  },
  postgres: {
    store: async (at) => {
      await sql(at, "CREATE TABLE held (text text); INSERT INTO held VALUES ('fast')");
    },
    recall: (at) => sql(at, 'SELECT text FROM held'),
  },
  kafka: {
    store: async (at) => {
      const admin = kafka(at).admin();
      await admin.createTopics({ topics: [{ topic: 'held', numPartitions: 1 }], waitForLeaders: true });
      await admin.disconnect();
      const producer = kafka(at).producer();
      await producer.connect();
      await producer.send({ topic: 'held', acks: -1, messages: [{ value: 'fast' }] });
      await producer.disconnect();
    },
    recall: async (at) => {
      const consumer = kafka(at).consumer({ groupId: 'reader' });
      await consumer.connect();
      await consumer.subscribe({ topic: 'held', fromBeginning: true });
      const read = await new Promise<string>((resolve) => {
        void consumer.run({ eachMessage: async ({ message }) => resolve(String(message.value)) });
      });
      await consumer.disconnect();
      return read;
    },
  },
  elasticsearch: {
    store: async ({ url }) => {
      const body = JSON.stringify({ text: 'fast' });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/held/_create/1`, { method: 'PUT', body, headers, signal: soon() });
      expect(answer.status).toBe(201);
    },
    recall: async ({ url }) => {
      const answer = await fetch(`${url}/held/_source/1`, { signal: soon() });
      return JSON.parse(await answer.text()).text;
    },
  },
  nacos: {
    store: async ({ url }) => {
      const place = `http://${url}/nacos/v1/cs/configs?dataId=held&group=test&content=fast`;
      expect(await (await fetch(place, { method: 'POST', signal: soon() })).text()).toBe('true');
    },
    recall: async ({ url }) => {
      // A configuration is served from a copy that follows its storage about a second later.
      const place = `http://${url}/nacos/v1/cs/configs?dataId=held&group=test`;
      return (await fetch(place, { signal: soon() })).text();
    },
  },
};

describe.skipIf(missing.length > 0)(`real servers (needs: ${installAll(missing) || 'nothing more'})`, () => {
  const { path, remove } = temporaryDir();
  const dir = join(path, 'stack');
  let handles: Record<Engine, EngineHandle>;

  beforeAll(async () => {
    handles = await startEngines({ dir, engines: ENGINES });
  });
  afterAll(async () => {
    await Promise.all(Object.values(handles ?? {}).map((handle) => handle.stop()));
    remove();
  });

  describe.concurrent('what an engine confirmed survives its kill -9', () => {
    test.for(ENGINES)('%s', async (engine, { expect }) => {
      const handle = handles[engine];
      await memory[engine].store(handle);
      const { pid, address } = handle;
      await handle.kill();
      expect(handle.pid).toBe(0);
      expect((await stateOf(dir, engine)).word).toBe('stopped');
      await expect(ask(portOf(handle), '\r\n', soon())).rejects.toThrow('ECONNREFUSED');
      await handle.start();
      expect(handle.pid).not.toBe(pid);
      expect(handle.address).toBe(address);
      await expect.poll(() => memory[engine].recall(handle), { timeout: 30_000 }).toBe('fast');
    });
  });

  test('a second start in the same folder finds what runs', async () => {
    const again = await startEngines({ dir, engines: ENGINES });
    const pids = (of: Record<Engine, EngineHandle>) => ENGINES.map((engine) => of[engine].pid);
    expect(pids(again)).toEqual(pids(handles));
    expect(testEnv(again)).toEqual(testEnv(handles));
    expect(engineEnv(again)).toMatchObject({
      BUS: 'kafka',
      STATE: 'redis',
      REGISTRY: 'nacos',
      ARCHIVE: 'elasticsearch',
    });
  });

  describe.concurrent('an engine that is paused answers nobody, and goes on when it is resumed', () => {
    test.for(ENGINES)('%s', async (engine, { expect }) => {
      handles[engine].pause();
      expect((await stateOf(dir, engine)).word).toBe('silent');
      handles[engine].resume();
      await expect.poll(async () => (await stateOf(dir, engine)).word, { timeout: 20_000 }).toBe('ready');
    });
  });
});

async function sql(at: EngineHandle, statement: string): Promise<string> {
  const psql = join(postgresBinaries() ?? '', 'psql');
  const { stdout } = await run(psql, [at.url, '-v', 'ON_ERROR_STOP=1', '-Atqc', statement]);
  return stdout.trim();
}

function kafka({ address }: EngineHandle): Kafka {
  return new Kafka({ brokers: [address], logLevel: logLevel.NOTHING, retry: { retries: 20, maxRetryTime: 1_000 } });
}
