// The connection to Elasticsearch: its settings, and what its errors mean to a caller of the archive.
import { readFileSync } from 'node:fs';
import { Client, type ClientOptions, errors } from '@elastic/elasticsearch';
import { ApiError } from '@message-push/protocol';
import { ConfigError } from '@message-push/runtime';
import type { ArchiveConfig } from '../config.ts';

/** Connects lazily: no server need be there. Throws ConfigError for settings that contradict each other. */
export function connect(config: ArchiveConfig): Client {
  const { elasticsearchUrl: nodes, elasticsearchTimeoutMs: requestTimeout } = config;
  if (nodes === undefined) throw new ConfigError(['ELASTICSEARCH_URL: required by ARCHIVE=elasticsearch']);
  return new Client({
    nodes,
    requestTimeout,
    ...authOf(config),
    ...tlsOf(config),
    // One more node is asked; writes are tried again by the writer.
    maxRetries: nodes.length > 1 ? 1 : 0,
    enableMetaHeader: false,
    // Its answers are objects of our own making, read field by field: nothing of them is copied into a prototype.
    disablePrototypePoisoningProtection: true,
  });
}

/** What the call answers; whatever the server or the way to it refuses is ARCHIVE_UNAVAILABLE, with the reason as its cause. */
export async function whileThere<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof errors.ElasticsearchClientError ? unavailable(reasonOf(error)) : error;
  }
}

/** The reason is for the log. The driver's own error stays out of it: it carries the whole request, texts of users included. */
export function unavailable(reason: string): ApiError {
  return new ApiError('ARCHIVE_UNAVAILABLE', { cause: new Error(reason) });
}

/** Why a call failed, in words. */
export function reasonOf(error: unknown): string {
  if (error instanceof errors.TimeoutError) return 'Elasticsearch did not answer in time';
  if (error instanceof errors.ConnectionError || error instanceof errors.NoLivingConnectionsError)
    return `Elasticsearch is not reached: ${messageOf(error)}`;
  if (!(error instanceof errors.ResponseError)) return messageOf(error);
  if (error.statusCode === 401) return 'Elasticsearch refuses the user or the key';
  if (error.statusCode === 403) return `Elasticsearch does not permit this: ${messageOf(error)}`;
  return `Elasticsearch answers ${error.statusCode}: ${messageOf(error)}`;
}

const REASON_MAX = 500;

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, REASON_MAX);
}

function authOf(config: ArchiveConfig): Pick<ClientOptions, 'auth'> {
  const { elasticsearchUsername: username, elasticsearchPassword: password, elasticsearchApiKey: apiKey } = config;
  if (apiKey !== undefined && (username ?? password) !== undefined)
    throw new ConfigError(['ELASTICSEARCH_API_KEY: set either the key or user and password, not both']);
  if (apiKey !== undefined) return { auth: { apiKey } };
  if (username !== undefined && password !== undefined) return { auth: { username, password } };
  if (username !== undefined) throw new ConfigError(['ELASTICSEARCH_PASSWORD: required with ELASTICSEARCH_USERNAME']);
  if (password !== undefined) throw new ConfigError(['ELASTICSEARCH_USERNAME: required with ELASTICSEARCH_PASSWORD']);
  return {};
}

function tlsOf({ elasticsearchCaFile: file, elasticsearchUrl: nodes = [] }: ArchiveConfig): Pick<ClientOptions, 'tls'> {
  if (file === undefined) return {};
  if (!nodes.every((url) => url.startsWith('https:')))
    throw new ConfigError(['ELASTICSEARCH_CA_FILE: needs https addresses in ELASTICSEARCH_URL']);
  try {
    return { tls: { ca: readFileSync(file) } };
  } catch (error) {
    throw new ConfigError([`ELASTICSEARCH_CA_FILE: ${messageOf(error)}`]);
  }
}
