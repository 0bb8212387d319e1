// Processes of a real cluster die, freeze, join and leave while messages flow: nobody is disconnected, nothing is lost or doubled.
import { missingSystemPackages } from '@message-push/testkit/stack';
import { describe, expect, test } from 'vitest';
import { campaign } from '../fault/campaign.ts';
import { drained, frozen, joined, killed, stopped } from '../fault/faults.ts';
import { expectKept } from '../fault/limits.ts';

const missing = missingSystemPackages(['kafka', 'elasticsearch', 'nacos', 'redis', 'postgres']);

describe.skipIf(missing.length > 0 && process.env.CI !== 'true')('a cluster', () => {
  test('keeps every message and every socket while nodes and apis die and consumers change', {
    timeout: 300_000,
  }, async () => {
    const result = await campaign({
      faults: [killed('node'), joined, drained, frozen('node', 5000), killed('api'), killed('consumer')],
      ...{ sdk: 200, legacy: 200, rate: 100 },
    });
    const added: [string, number][] = ['joined', 'drained'].map((name) => [name, 300]);
    expectKept(result, {
      added,
      p99: [
        ['node killed', 3000],
        ['consumer killed', 8000],
      ],
    });
  });

  test('brings people back when a gateway dies or leaves, without loss', { timeout: 300_000 }, async () => {
    const result = await campaign({
      faults: [killed('gateway'), stopped('gateway')],
      sdk: 200,
      legacy: 200,
      rate: 100,
    });
    expectKept(result, {});
    const [back = []] = result.back;
    expect(back.length).toBeGreaterThan(20);
    expect(back[Math.floor(back.length * 0.5)]).toBeLessThanOrEqual(3000);
    expect(back[Math.floor(back.length * 0.99)]).toBeLessThanOrEqual(5000);
  });
});
