// How an inbox lies on Redis: the constants that the Lua files name in capitals. They are written into the scripts as values: a local
// that a function uses costs each call as much as a command.
import type { InboxLimits } from '@message-push/delivery';

/** Characters of an entry's record: seq, message id, bytes, expires_at, passed_at, '1' when it has extras. */
const WIDTHS = { seq: 22, id: 32, bytes: 8, expires: 15, passed: 15, more: 1 };

export const RECORD_CHARS = Object.values(WIDTHS).reduce((sum, width) => sum + width);

/**
 * Places in the head. At rest it is the whole inbox. The facts about entries let calls go without reading them, and say what became of
 * them when their keys have expired: then TOP is let go, and everything up to OPEN was missed.
 */
const HEAD_PLACES = {
  /** Of the layout, for those who come after: 1. */
  FORMAT: 1,
  FLOOR: 2,
  GAP: 3,
  REVOKED: 4,
  /** JSON. */
  BINDS: 5,
  /** MessagePack; '' = none. */
  SCOPES: 6,
  COUNT: 7,
  BYTES: 8,
  LAST: 9,
  /** The highest sequence, twins included. */
  TOP: 10,
  /** The last entry without passed_at, and how many have none. */
  OPEN: 11,
  UNPASSED: 12,
  /** 1 = an entry has a twin. */
  TWINS: 13,
  /** No entry leaves by time before this. */
  DUE: 14,
  /** The life that the keys of entries were given. */
  UNTIL: 15,
  /** So many records in front have left, and are cut off together with others. */
  START: 16,
};

/** What stands for each name in the scripts of inboxes with these limits. */
export function inboxConstants(limits: InboxLimits & { keepMs: number }): Record<string, string | number> {
  return {
    ...HEAD_PLACES,
    HEAD: 'KEYS[1]',
    RECORDS: 'KEYS[2]',
    BODIES: 'KEYS[3]',
    /** The caller's time, 15 digits: times are compared as text. */
    NOW_TEXT: 'ARGV[1]',
    RECORD_FORMAT: `'${Object.values(WIDTHS)
      .map((width) => `c${width}`)
      .join('')}'`,
    RECORD_SIZE: RECORD_CHARS,
    /** Where passed_at begins in a record, from 0. */
    PASSED_AT: RECORD_CHARS - WIDTHS.passed - WIDTHS.more,
    NEVER: `'${'0'.repeat(WIDTHS.passed)}'`,
    SEQ_ZERO: `'${'0'.repeat(WIDTHS.seq)}'`,
    /** The keys of entries live this much longer than the last of them. */
    SLACK_MS: 60_000,
    ENTRIES_MAX: limits.entriesMax,
    BYTES_MAX: limits.bytesMax,
    SCOPES_MAX: limits.scopesMax,
    HOLD_MS: limits.holdMs,
    SCOPE_IDLE_MS: limits.scopeIdleMs,
    BINDS_MAX: limits.bindsMax,
    KEEP_MS: limits.keepMs,
    /** So many records that have left are cut off at once: the others are written again then. */
    CUT_OFF: Math.ceil(limits.entriesMax / 3),
    /** A cursor that moves over more entries at once goes the long way. */
    TAIL_MAX: 4,
  };
}
