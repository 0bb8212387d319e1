// Settings of state, read from the environment by the loader of runtime.
import { INBOX_LIMITS } from '@message-push/delivery';
import { type Config, ConfigError, field, flag, int } from '@message-push/runtime';
import { z } from 'zod';

const DAY_MS = 86_400_000;

/** Bounds of the embedded state besides those of one inbox. */
export const STATE_LIMITS = {
  /** Unused inboxes and revocations are kept this long. */
  keepMs: 31 * DAY_MS,
  /** Revocations of the kind `sessions` are kept this long. */
  sessionsKeepMs: 600_000,
  /** Inboxes kept decoded in memory. */
  cacheMax: 1000,
  /** Ring documents kept as history. */
  ringHistoryMax: 500,
  /** Answers kept under an Idempotency-Key. */
  idempotencyMs: DAY_MS,
  /** A device belongs to the uid that used it last for this long. */
  deviceIdleMs: 30 * DAY_MS,
};

const REDIS_URL = /^rediss?:\/\/[^/\s]+(\/\d{0,2})?$/;
const redisUrls = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((url) => url.trim() || []))
  .refine((urls) => urls.every((url) => REDIS_URL.test(url) && URL.canParse(url)), {
    error: 'write redis://host:port or rediss://host:port, several separated by commas',
  });

export const stateFields = {
  state: field(
    'STATE',
    z.enum(['embedded', 'redis'], { error: 'write "embedded" (one process) or "redis"' }).default('embedded'),
    'Where inboxes, the ring, leases and devices live',
  ),
  redisUrl: field(
    'REDIS_URL',
    redisUrls,
    'Redis 7: redis://[[user]:password@]host[:port][/db], rediss:// with TLS; of a Redis Cluster some nodes, by commas',
    { secret: true },
  ),
  redisCluster: field('REDIS_CLUSTER', flag(false), 'It is a Redis Cluster'),
  redisPrefix: field(
    'REDIS_PREFIX',
    z
      .string()
      .regex(/^[^{}\s]{1,64}$/, { error: 'write 1 to 64 characters without braces and spaces' })
      .default('mp:'),
    'What the names of all keys begin with; platforms that share a server need different ones',
  ),
  redisCaFile: field(
    'REDIS_CA_FILE',
    z.string().optional(),
    'Certificates (PEM) to trust Redis by; unset: the system’s',
  ),
  redisTimeoutMs: field(
    'REDIS_TIMEOUT_MS',
    int(3000, 100, 60_000),
    'A connection on which Redis answers nothing for this long is given up',
    { unit: 'ms' },
  ),
  redisLossWindowMs: field(
    'REDIS_LOSS_WINDOW_MS',
    int(5000, 0, 600_000),
    'How much Redis may lose of what it answered (append-only file per second, fail-over): offsets are committed this much later',
    { unit: 'ms' },
  ),
  redisCallsMax: field(
    'REDIS_CALLS_MAX',
    int(100_000, 100, 10_000_000),
    'Calls to one Redis that are not answered yet; more are refused',
  ),
  redisSharedReceiversMin: field(
    'REDIS_SHARED_RECEIVERS_MIN',
    int(32, 2, 1_000_000),
    'A body over 1 KB for so many receivers of one batch is stored once, until it expires; for fewer it is stored with each, until read',
  ),
  inboxEntriesMax: field('INBOX_ENTRIES_MAX', int(INBOX_LIMITS.entriesMax, 1, 10_000), 'Entries held for one uid'),
  inboxBytesMax: field(
    'INBOX_BYTES_MAX',
    int(INBOX_LIMITS.bytesMax, 1024, 64 * 1024 * 1024),
    'Bytes of message bodies held for one uid',
    { unit: 'bytes' },
  ),
  inboxScopesMax: field(
    'INBOX_SCOPES_MAX',
    int(INBOX_LIMITS.scopesMax, 1, 64),
    'Devices and platforms known of one uid',
  ),
  inboxHoldMs: field(
    'INBOX_HOLD_MS',
    int(INBOX_LIMITS.holdMs, 1000, DAY_MS),
    'An entry that everybody has passed stays this long',
    { unit: 'ms' },
  ),
  inboxScopeIdleMs: field(
    'INBOX_SCOPE_IDLE_MS',
    int(INBOX_LIMITS.scopeIdleMs, 60_000, 365 * DAY_MS),
    'A device or platform without a session for this long holds nothing back',
    { unit: 'ms' },
  ),
  stateKeepMs: field(
    'STATE_KEEP_MS',
    int(STATE_LIMITS.keepMs, 60_000, 365 * DAY_MS),
    'Unused inboxes and revocations are kept this long; at least as long as the bus keeps records and tokens live',
    { unit: 'ms' },
  ),
  stateCacheMax: field(
    'STATE_CACHE_MAX',
    int(STATE_LIMITS.cacheMax, 1, 1_000_000),
    'Inboxes kept decoded in memory (embedded)',
  ),
};

export type StateConfig = Config<typeof stateFields>;

/** The servers of a configuration that names Redis. Throws a ConfigError when they contradict each other. */
export function redisServers({ redisUrl, redisCluster, redisCaFile }: StateConfig): string[] {
  const problems: string[] = [];
  if (redisUrl.length === 0) problems.push('REDIS_URL: STATE=redis needs it, e.g. redis://127.0.0.1:6379');
  if (!redisCluster && redisUrl.length > 1)
    problems.push('REDIS_URL: several servers are nodes of a Redis Cluster: set REDIS_CLUSTER=true, or name one');
  if (redisCluster && redisUrl.some((url) => new URL(url).pathname.length > 1))
    problems.push('REDIS_URL: a Redis Cluster has no numbered databases; leave /db out');
  if (redisCaFile !== undefined && !redisUrl.every((url) => url.startsWith('rediss:')))
    problems.push('REDIS_CA_FILE: it is for TLS; write rediss:// in REDIS_URL');
  if (problems.length > 0) throw new ConfigError(problems);
  return redisUrl;
}
