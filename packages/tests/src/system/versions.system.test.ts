// A node of the version that landed before works in a cluster of this one. VERSION_BEFORE names another commit.
import { checkoutOf, missingCommit, temporaryDir } from '@message-push/testkit';
import { missingSystemPackages } from '@message-push/testkit/stack';
import { expect, test } from 'vitest';
import { campaign } from '../fault/campaign.ts';
import { drained, joined, killed } from '../fault/faults.ts';
import { expectKept } from '../fault/limits.ts';
import { guestLeaves, guestServes, PREVIOUS } from '../fault/versions.ts';

const ENGINES = ['kafka', 'elasticsearch', 'nacos', 'redis', 'postgres'] as const;
const commit = process.env.VERSION_BEFORE ?? PREVIOUS;

test('a node of the version before takes part in joins, drains and deaths, and leaves without loss', {
  timeout: 400_000,
}, async (context) => {
  if (missingSystemPackages([...ENGINES]).length > 0 && process.env.CI !== 'true') context.skip();
  const missing = missingCommit(commit);
  if (missing !== undefined) context.skip(missing);
  const dir = temporaryDir();
  try {
    const checkout = checkoutOf(commit, dir.path);
    const faults = [guestServes, joined, drained, killed('node'), killed('consumer'), guestServes, guestLeaves];
    const result = await campaign({ faults, sdk: 150, legacy: 150, rate: 50, nodes: 2, guest: { checkout } });
    expectKept(result, {});
    expect(result.text).toContain(checkout);
  } finally {
    dir.remove();
  }
});
