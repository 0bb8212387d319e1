// The long campaigns, on demand: `npm run test:fault`. FAULT_SEED plays one again; FAULT_SDK, FAULT_LEGACY, FAULT_RATE, FAULT_ROUNDS,
// FAULT_NACOS_MS and FAULT_RING_VERSIONS change their size.
import { expect, test } from 'vitest';
import { campaign } from './campaign.ts';
import {
  drained,
  engineFrozen,
  engineKilled,
  frozen,
  joined,
  killed,
  nodesUnlisted,
  stateSetBack,
  stopped,
} from './faults.ts';
import { expectKept, expectKeptInChanges } from './limits.ts';
import { linkCut, linkDeafGateway, linkDeafNode, linkLate, linkSilent, linkTrickle } from './links.ts';
import { ringChanges } from './ring-changes.ts';

const number = (name: string, fallback: number) => Number(process.env[name] ?? fallback);
const SIZE = { sdk: number('FAULT_SDK', 1000), legacy: number('FAULT_LEGACY', 1000), rate: number('FAULT_RATE', 300) };
const ROUNDS = number('FAULT_ROUNDS', 1);
const AWAY_MS = 30_000;
const LINK_MS = 5000;
/** Bytes a second: a fraction of what is to come. */
const TRICKLE = 4000;
const TIMEOUT_MS = 1_800_000;

const repeated = <T>(list: T[]): T[] => Array.from({ length: ROUNDS }, () => list).flat();

test('processes die, freeze, join and leave', { timeout: TIMEOUT_MS }, async () => {
  const roles = (['node', 'api', 'consumer'] as const).flatMap((role) => [
    killed(role),
    stopped(role),
    frozen(role, 8000),
  ]);
  const result = await campaign({ ...SIZE, faults: repeated([...roles, joined, drained]) });
  const added: [string, number][] = ['joined', 'drained'].map((name) => [name, 300]);
  expectKept(result, {
    added,
    p99: [
      ['node killed', 3000],
      ['consumer killed', 8000],
    ],
  });
});

test('gateways die, leave and freeze', { timeout: TIMEOUT_MS }, async () => {
  const result = await campaign({
    ...SIZE,
    faults: repeated([killed('gateway'), frozen('gateway', 8000), stopped('gateway')]),
  });
  expectKept(result, {});
  const [back = []] = result.back;
  expect(back.length).toBeGreaterThan(SIZE.sdk / 4);
  expect(back[Math.floor(back.length * 0.5)]).toBeLessThanOrEqual(3000);
  expect(back[Math.floor(back.length * 0.99)]).toBeLessThanOrEqual(5000);
});

test('one link is cut, silent, half-open, slow', { timeout: TIMEOUT_MS }, async () => {
  const brief = [linkCut(LINK_MS), linkSilent(LINK_MS), linkDeafNode(LINK_MS), linkDeafGateway(LINK_MS)];
  const long = [linkCut(AWAY_MS), linkSilent(AWAY_MS), linkLate(AWAY_MS, 200), linkTrickle(AWAY_MS, TRICKLE)];
  const faults = repeated([...brief, ...long]);
  const result = await campaign({ ...SIZE, faults, nodes: 2, guest: { gateway: 'gateway-1' } });
  const p99: [string, number][] = ['cut', 'silent', 'half-open', 'late'].map((how) => [`link ${how}`, 3000]);
  expectKept(result, { p99 });
});

test('the ring changes again and again', { timeout: TIMEOUT_MS }, async () => {
  expectKeptInChanges(await ringChanges({ ...SIZE, versions: number('FAULT_RING_VERSIONS', 200) }));
});

test('engines are killed, freeze and come back', { timeout: TIMEOUT_MS }, async () => {
  const engines = ['redis', 'kafka', 'elasticsearch', 'postgres'];
  const faults = engines.flatMap((engine) => [engineKilled(engine, AWAY_MS), engineFrozen(engine, AWAY_MS)]);
  const nacos = [engineKilled('nacos', number('FAULT_NACOS_MS', 60_000)), nodesUnlisted(5000, AWAY_MS)];
  const all = [...repeated([...faults, stateSetBack(4000)]), ...nacos];
  expectKept(await campaign({ ...SIZE, faults: all, censored: true }), {});
});
