// The engines of a real cluster die and come back while messages flow: nothing is lost or doubled, and no socket is closed.
import { missingSystemPackages } from '@message-push/testkit/stack';
import { describe, test } from 'vitest';
import { campaign } from '../fault/campaign.ts';
import { engineKilled, nodesUnlisted, stateSetBack } from '../fault/faults.ts';
import { expectKept } from '../fault/limits.ts';

const missing = missingSystemPackages(['kafka', 'elasticsearch', 'nacos', 'redis', 'postgres']);
const SHORT_MS = 5000;
const NACOS_MS = 60_000;
/** Well past NACOS_HOLD_MS. */
const UNLISTED_MS = 15_000;

describe.skipIf(missing.length > 0 && process.env.CI !== 'true')('a cluster', () => {
  test('goes on when each of its engines is killed and comes back', { timeout: 600_000 }, async () => {
    const faults = [
      engineKilled('redis', SHORT_MS),
      stateSetBack(3000),
      engineKilled('kafka', SHORT_MS),
      engineKilled('elasticsearch', SHORT_MS),
      engineKilled('postgres', SHORT_MS),
      engineKilled('nacos', NACOS_MS),
      nodesUnlisted(SHORT_MS, UNLISTED_MS),
    ];
    const result = await campaign({ faults, sdk: 150, legacy: 150, rate: 50, censored: true });
    expectKept(result, {
      added: [
        ['nacos', 300],
        ['elasticsearch', 300],
        ['postgres', 300],
      ],
    });
  });
});
