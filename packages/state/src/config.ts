// Settings of state, read from the environment by the loader of runtime.
import { INBOX_LIMITS } from '@message-push/delivery';
import { type Config, field, int } from '@message-push/runtime';
import { z } from 'zod';

const DAY_MS = 86_400_000;

/** Bounds of the embedded state besides those of one inbox. */
export const STATE_LIMITS = {
  /** Unused inboxes and revocations are kept this long. */
  keepMs: 31 * DAY_MS,
  /** Inboxes kept decoded in memory. */
  cacheMax: 1000,
  /** Ring documents kept as history. */
  ringHistoryMax: 500,
  /** Answers kept under an Idempotency-Key. */
  idempotencyMs: DAY_MS,
  /** A device belongs to the uid that used it last for this long. */
  deviceIdleMs: 30 * DAY_MS,
};

export const stateFields = {
  state: field(
    'STATE',
    z
      .enum(['embedded'], { error: 'only "embedded" is available: inboxes and the ring live in this process' })
      .default('embedded'),
    'Where inboxes, the ring, leases and devices live',
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
