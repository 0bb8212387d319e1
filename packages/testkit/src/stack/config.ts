// Settings of `npm run stack`.
import { type Field, field, int } from '@message-push/runtime';
import { recipes } from './recipes.ts';
import type { Engine } from './types.ts';

const port = (engine: Engine): Field<number> =>
  field(
    `STACK_${engine.toUpperCase()}_PORT`,
    int(recipes[engine].port, 1_024, 64_000),
    `Port of ${recipes[engine].title} in npm run stack; unset: this one, or a free one when it is in use.`,
  );

const heapMb = (engine: Engine): Field<number> =>
  field(
    `STACK_${engine.toUpperCase()}_HEAP_MB`,
    int(recipes[engine].heapMb, 128, 65_536),
    `Heap of ${recipes[engine].title} in npm run stack.`,
    { unit: 'MB' },
  );

export const stackFields = {
  kafkaPort: port('kafka'),
  elasticsearchPort: port('elasticsearch'),
  nacosPort: port('nacos'),
  redisPort: port('redis'),
  postgresPort: port('postgres'),
  kafkaHeapMb: heapMb('kafka'),
  elasticsearchHeapMb: heapMb('elasticsearch'),
  nacosHeapMb: heapMb('nacos'),
};

/** The environment, read here and nowhere else in this folder but for the user's cache and the path of programs. */
export const environment: Record<string, string | undefined> = process.env;
