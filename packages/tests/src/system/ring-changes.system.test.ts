// Weights, drains, joins and leaves while messages flow: exactly those move whose owner is another, and all processes soon know.
import { missingSystemPackages } from '@message-push/testkit/stack';
import { describe, test } from 'vitest';
import { expectKeptInChanges } from '../fault/limits.ts';
import { ringChanges } from '../fault/ring-changes.ts';

const missing = missingSystemPackages(['kafka', 'elasticsearch', 'nacos', 'redis', 'postgres']);
const VERSIONS = 30;

describe.skipIf(missing.length > 0 && process.env.CI !== 'true')('a ring that changes often', () => {
  test('moves those whose owner is another and nobody else, and every process goes by it within half a second', {
    timeout: 400_000,
  }, async () => {
    expectKeptInChanges(await ringChanges({ versions: VERSIONS, sdk: 150, legacy: 150, rate: 30 }));
  });
});
