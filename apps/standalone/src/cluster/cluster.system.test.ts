import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  backEnd,
  LegacyClient,
  missingEngines,
  type OwnEngines,
  ownEngines,
  type RunningCluster,
  startCluster,
  temporaryDir,
} from '@message-push/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const missing = missingEngines();
const START_MS = 180_000;
const TEST_MS = 120_000;

describe.skipIf(missing.length > 0 && process.env.CI !== 'true')(
  `a cluster on the real engines${missing.length > 0 ? ` (skipped: set ${missing.join(', ')})` : ''}`,
  () => {
    const dir = temporaryDir();
    let engines: OwnEngines;
    let cluster: RunningCluster;
    let client: LegacyClient;
    /** Processes whose launcher a test has killed. */
    let orphans: number[] = [];

    beforeAll(async () => {
      if (missing.length > 0) throw new Error(`not set: ${missing.join(', ')}`);
      engines = await ownEngines();
      cluster = await startCluster({
        dir: dir.path,
        env: { ...engines.env, GATEWAY_DRAIN_MS: '500' },
        gateways: 1,
        nodes: 2,
        consumers: 1,
        apis: 1,
      });
      client = await login('1');
    }, START_MS);

    afterAll(async () => {
      client?.terminate();
      await cluster?.stopAll();
      for (const pid of orphans.filter(isAlive)) process.kill(pid, 'SIGKILL');
      await engines?.drop();
      dir.remove();
    }, TEST_MS);

    test('run.json has the form of npm start, for its owner alone, and names every process', () => {
      const { run } = cluster;
      expect(run).toMatchObject({ mode: 'cluster', pid: cluster.child.pid, console: null, demo: { app_id: 'demo' } });
      expect(run.apis).toEqual([run.api]);
      expect(run.gateways).toEqual([expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/message-push\/v1\/message$/)]);
      expect(run.operator?.email).toBe('admin@example.com');
      expect(run.processes.map(({ id }) => id).sort()).toEqual([
        'api-1',
        'consumer-1',
        'gateway-1',
        'node-1',
        'node-2',
      ]);
      expect(new Set(run.processes.map(({ pid }) => pid)).size).toBe(5);
      expect(statSync(join(dir.path, 'run.json')).mode & 0o777).toBe(0o600);
      expect(statSync(join(dir.path, 'control.sock')).mode & 0o777).toBe(0o600);
    });

    test(
      'a push reaches its person while a node is added, another drained and a third killed, on the same socket',
      async () => {
        await delivered('before');
        const added = await cluster.add('node');
        expect(added).toMatchObject({ id: 'node-3', role: 'node', state: 'serving' });
        await delivered('a node more');
        await cluster.drain('node-1');
        await delivered('a node less');
        await cluster.kill('node-2');
        await delivered('a node dead');
        expect(cluster.run.processes.filter(({ role }) => role === 'node').map(({ id }) => id)).toEqual(['node-3']);
        expect((await cluster.processes()).find(({ id }) => id === 'node-2')).toMatchObject({
          state: 'dead',
          ended: 'SIGKILL',
        });
        expect(client.closed).toBeUndefined();
      },
      TEST_MS,
    );

    test('what is told wrongly is answered with a sentence', async () => {
      await expect(cluster.drain('node-3')).rejects.toThrow('node-3 is the last node that serves');
      await expect(cluster.kill('node-9')).rejects.toThrow('There is no node-9. There are: ');
      await expect(cluster.kill('node-2')).rejects.toThrow('node-2 has ended already (SIGKILL).');
    });

    test(
      'Ctrl-C ends everything in order with 0, and leaves no process and no run.json',
      async () => {
        const pids = (await cluster.processes()).filter(({ state }) => state !== 'dead').map(({ pid }) => pid);
        expect(pids).toHaveLength(4);
        expect(await cluster.stopAll()).toBe(0);
        expect(pids.filter(isAlive)).toEqual([]);
        expect(existsSync(join(dir.path, 'run.json'))).toBe(false);
        expect(existsSync(join(dir.path, 'control.sock'))).toBe(false);
        const order = cluster.output().match(/Stopping \w+-\d/g);
        expect(order).toEqual(['Stopping api-1', 'Stopping consumer-1', 'Stopping gateway-1', 'Stopping node-3']);
        await expect.poll(() => client.closed?.code).toBe(4001);
      },
      TEST_MS,
    );

    test(
      'what a launcher leaves that was killed ends by itself, or is ended by the next start when it stands still',
      async () => {
        const small = { dir: dir.path, env: engines.env, gateways: 1, nodes: 1, consumers: 1, apis: 1 };
        cluster = await startCluster(small);
        const before = await cluster.processes();
        orphans = before.map(({ pid }) => pid);
        await cluster.pause('node-1');
        await cluster.killLauncher();
        const left = () => before.filter(({ pid }) => isAlive(pid)).map(({ id }) => id);
        await expect.poll(left, { timeout: 60_000 }).toEqual(['node-1']);
        cluster = await startCluster(small);
        expect(left()).toEqual([]);
        expect(cluster.output()).toContain('Ending 1 process of a launcher that was killed');
      },
      TEST_MS,
    );

    test(
      'with --respawn a process that died is started again under its name, one that was stopped is not',
      async () => {
        await cluster.stopAll();
        const small = { dir: dir.path, env: engines.env, gateways: 1, nodes: 1, consumers: 1, apis: 1 };
        cluster = await startCluster({ ...small, args: ['--respawn'] });
        const stateOf = async (id: string) => (await cluster.processes()).find((one) => one.id === id)?.state;
        const [first] = cluster.run.processes.filter(({ id }) => id === 'node-1');
        await cluster.kill('node-1');
        await expect.poll(() => stateOf('node-1'), { timeout: 60_000 }).toBe('serving');
        const [second] = cluster.run.processes.filter(({ id }) => id === 'node-1');
        expect(second?.pid).not.toBe(first?.pid);
        await cluster.stop('consumer-1');
        expect(await stateOf('consumer-1')).toBeUndefined();
      },
      TEST_MS,
    );

    test(
      'a person whose node is killed is disconnected all the same, at once',
      async () => {
        await cluster.stopAll();
        const pair = { dir: dir.path, env: engines.env, gateways: 1, nodes: 2, consumers: 1, apis: 1 };
        cluster = await startCluster(pair);
        const back = backEnd(cluster.run);
        const kicked = await login('kicked');
        const [session] = (await back.call('GET', '/users/kicked/sessions')).body.data ?? [];
        await cluster.kill(String(session?.node));
        expect((await back.call('POST', '/users/kicked/disconnect')).status).toBe(200);
        expect((await kicked.until(() => kicked.closed, 10_000)).code).toBe(4503);
      },
      TEST_MS,
    );

    async function login(uid: string): Promise<LegacyClient> {
      const { run } = cluster;
      const token = await backEnd(run).token(uid);
      return LegacyClient.login({ url: run.gateways[0] ?? '', token, app: run.demo.app_id, platform: 'h5' });
    }

    async function delivered(content: string): Promise<void> {
      await backEnd(cluster.run).push(['1'], content);
      await expect
        .poll(() => client.messages().map(({ content: text }) => text), { timeout: 20_000 })
        .toContain(content);
    }
  },
);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
