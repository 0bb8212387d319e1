import { expect, test } from 'vitest';
import { ConfigError } from './config.ts';
import { type Mixture, mixtureProblems, refuseMixture } from './mixture.ts';

const URL = 'postgres://push@127.0.0.1/push';

const peppers = ['p'.repeat(32)];

/** Every mixture there is: 2 × 2 × 2 × 3 × 2. */
const all = ['embedded', 'kafka'].flatMap((bus) =>
  ['embedded', 'redis'].flatMap((state) =>
    ['embedded', 'elasticsearch'].flatMap((archive) =>
      ['embedded', 'static', 'nacos'].flatMap((registry) =>
        [undefined, URL].map((databaseUrl) => ({
          bus,
          state,
          archive,
          registry,
          database: { databaseUrl, peppers },
        })),
      ),
    ),
  ),
);

const ROLES = {
  api: ['bus', 'state', 'archive', 'registry', 'database'],
  gateway: ['state', 'registry', 'database'],
  node: ['bus', 'state', 'registry'],
  consumer: ['bus', 'state', 'archive'],
} as const;

/** What a role uses of a mixture. */
function used(mixture: (typeof all)[number], names: readonly (keyof Mixture)[]): Mixture {
  return Object.fromEntries(names.map((name) => [name, mixture[name]]));
}

test('one process takes every mixture but a static registry', () => {
  expect(all).toHaveLength(48);
  for (const mixture of all) {
    const problems = mixtureProblems('one', mixture);
    expect(problems, JSON.stringify(mixture)).toHaveLength(mixture.registry === 'static' ? 1 : 0);
  }
});

test.each(Object.entries(ROLES))('an %s of its own is refused with the variables of what is embedded', (_, names) => {
  for (const mixture of all) {
    const isEmbedded = (name: keyof Mixture) =>
      name === 'database' ? mixture.database.databaseUrl === undefined : mixture[name] === 'embedded';
    const variables = names
      .filter(isEmbedded)
      .map((name) => (name === 'database' ? 'DATABASE_URL' : name.toUpperCase()));
    const problems = mixtureProblems('many', used(mixture, names));
    expect(problems.map((line) => line.split(':')[0])).toEqual(variables);
  }
});

test('of all mixtures an api of its own takes two: all real, with Nacos or with a static list', () => {
  expect(all.filter((mixture) => mixtureProblems('many', mixture).length === 0)).toEqual(
    ['static', 'nacos'].map((registry) => ({
      bus: 'kafka',
      state: 'redis',
      archive: 'elasticsearch',
      registry,
      database: { databaseUrl: URL, peppers },
    })),
  );
});

test('a refusal is one error with a sentence for each variable', () => {
  expect(() => refuseMixture('many', { bus: 'embedded', state: 'embedded' })).toThrow(ConfigError);
  expect(() => refuseMixture('many', { bus: 'embedded', state: 'embedded' })).toThrow(
    /BUS: embedded serves one process only; set BUS=kafka, or use npm start\n.*STATE: .*STATE=redis/s,
  );
  expect(() => refuseMixture('many', { bus: 'kafka', database: { databaseUrl: URL, peppers } })).not.toThrow();
});

test('processes that would each make a pepper of their own are refused', () => {
  expect(mixtureProblems('many', { database: { databaseUrl: URL } })).toEqual([expect.stringMatching(/^PEPPER: /)]);
  expect(mixtureProblems('one', { database: {} })).toEqual([]);
});
