// One link between a gateway and a node is cut, silent, half-open or slow while messages flow: nobody notices, and the ring stays.
import { missingSystemPackages } from '@message-push/testkit/stack';
import { describe, test } from 'vitest';
import { campaign } from '../fault/campaign.ts';
import { expectKept } from '../fault/limits.ts';
import { linkCut, linkDeafGateway, linkDeafNode, linkLate, linkSilent, linkTrickle } from '../fault/links.ts';

const missing = missingSystemPackages(['kafka', 'elasticsearch', 'nacos', 'redis', 'postgres']);
const MS = 5000;

describe.skipIf(missing.length > 0 && process.env.CI !== 'true')('a cluster', () => {
  test('keeps every message and every socket while one of its links fails, and convicts nobody', {
    timeout: 300_000,
  }, async () => {
    const faults = [
      linkCut(MS),
      linkSilent(MS),
      linkDeafNode(MS),
      linkDeafGateway(MS),
      linkLate(MS, 200),
      linkTrickle(MS, 4000),
    ];
    const result = await campaign({
      ...{ faults, sdk: 200, legacy: 200, rate: 100 },
      ...{ nodes: 2, guest: { gateway: 'gateway-1' } },
    });
    // A link on which more is to come than gets through is as late as that takes.
    const p99: [string, number][] = ['cut', 'silent', 'half-open', 'late'].map((how) => [`link ${how}`, 3000]);
    expectKept(result, { p99 });
  });
});
