import { defineConfig } from 'vitest/config';

const everywhere = ['packages/*/src/**/', 'apps/*/src/**/'];
/**
 * Many embedded PostgreSQLs come and go in one test process: V8's background compilation of WebAssembly then races with code that is
 * freed (nodejs/node#64500). The platform has one, for as long as it runs.
 */
const execArgv = ['--liftoff-only', '--no-memory-protection-keys'];

const lane = (name: string, ending: string, more: object = {}) => ({
  test: {
    name,
    include: everywhere.map((place) => `${place}*${ending}`),
    environment: 'node' as const,
    execArgv,
    expect: { poll: { timeout: 20_000 } },
    ...more,
  },
});

/** One project per lane; see packages/tests/README.md. The time limits end what hangs; what must be quick is measured by its test. */
export default defineConfig({
  test: {
    projects: [
      lane('unit', '.test.ts', {
        exclude: ['**/node_modules/**', '**/*.{property,conformance,system,fault}.test.ts'],
        testTimeout: 30_000,
        hookTimeout: 30_000,
      }),
      lane('property', '.property.test.ts', { testTimeout: 120_000 }),
      lane('conformance', '.conformance.test.ts', { testTimeout: 60_000, hookTimeout: 60_000 }),
      lane('system', '.system.test.ts', { testTimeout: 180_000, hookTimeout: 180_000, fileParallelism: false }),
      lane('fault', '.fault.test.ts', { testTimeout: 1_800_000, hookTimeout: 180_000, fileParallelism: false }),
    ],
  },
});
