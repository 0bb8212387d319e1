// Settings for a platform of its own on the servers that the lanes have started: own topics, keys, services, indices, database.
import { randomBytes } from 'node:crypto';
import pg from 'pg';

const VARIABLES = [
  'TEST_KAFKA_BROKERS',
  'TEST_REDIS_URL',
  'TEST_NACOS_SERVERS',
  'TEST_ELASTICSEARCH_URL',
  'TEST_DATABASE_URL',
] as const;

export interface OwnEngines {
  /** For every process of one platform. */
  env: Record<string, string>;
  /** Drops the database; the rest goes with its servers. */
  drop(): Promise<void>;
}

/** Variables of servers that are not there; a test on the real engines is skipped when there are any. */
export function missingEngines(env: Record<string, string | undefined> = process.env): string[] {
  return VARIABLES.filter((variable) => !env[variable]);
}

/** All five; call it when `missingEngines` is empty. */
export async function ownEngines(env: Record<string, string | undefined> = process.env): Promise<OwnEngines> {
  const [brokers = '', redis = '', nacos = '', elasticsearch = '', postgres = ''] = VARIABLES.map((name) => env[name]);
  const own = `mp${randomBytes(5).toString('hex')}`;
  const admin = async (text: string) => {
    const client = new pg.Client({ connectionString: postgres });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  await admin(`CREATE DATABASE ${own}`);
  const database = new URL(postgres);
  database.pathname = own;
  return {
    env: {
      BUS: 'kafka',
      KAFKA_BROKERS: brokers,
      KAFKA_TOPIC_PREFIX: `${own}-`,
      STATE: 'redis',
      REDIS_URL: redis,
      REDIS_PREFIX: `${own}:`,
      REGISTRY: 'nacos',
      NACOS_SERVERS: nacos,
      NACOS_PREFIX: own,
      ARCHIVE: 'elasticsearch',
      ELASTICSEARCH_URL: elasticsearch,
      ELASTICSEARCH_PREFIX: `${own}_`,
      ELASTICSEARCH_REPLICAS: '0',
      DATABASE_URL: database.href,
    },
    drop: () => admin(`DROP DATABASE ${own} WITH (FORCE)`),
  };
}
