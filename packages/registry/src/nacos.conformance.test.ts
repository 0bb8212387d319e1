import { test } from 'vitest';
import { registryConformance } from './conformance.ts';
import { inCi, openNacos, testPrefix, testServers } from './nacos-fixture.ts';

if (testServers !== '') {
  registryConformance('Nacos', async () => ({
    ...(await openNacos({ NACOS_PREFIX: testPrefix() })),
    forgets: true,
    end: async () => {},
  }));
} else if (inCi) {
  test('Nacos', () => {
    throw new Error('set TEST_NACOS_SERVERS');
  });
} else {
  test.skip('Nacos: set TEST_NACOS_SERVERS to run it');
}
