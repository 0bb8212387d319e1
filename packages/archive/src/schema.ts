// The tables of the embedded archive, and how ids order them.

/**
 * `push.id` is the creation time in milliseconds shifted left by `SLOT_BITS`, plus a slot: a range of times is a range of ids,
 * newest first is descending, in every table and in the text index. Which of two pushes of one millisecond has the higher
 * slot is chance: they are ordered by message id at reading.
 */
export const SLOT_BITS = 20n;

/** Times that ids can hold: 1970 to 2109, in milliseconds. */
export const TIME_MAX = 2 ** 42 - 1;

/** The first id of a millisecond, as a parameter of SQL. */
export function firstId(time: number): bigint {
  return BigInt(Math.min(TIME_MAX + 1, Math.max(0, Math.floor(time)))) << SLOT_BITS;
}

/**
 * A delivery may come before its push: `push_id` is null until then, and such rows are in no index. `hop` follows from the
 * times alone; the indexes are what searches by receiver and by status walk along.
 */
export const migrations = [
  `CREATE TABLE push (
     id INTEGER PRIMARY KEY,
     message_id TEXT NOT NULL UNIQUE,
     app TEXT NOT NULL,
     ttl_s INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     accepted INTEGER NOT NULL,
     platforms TEXT,
     title TEXT,
     content TEXT NOT NULL,
     content_type TEXT,
     extras TEXT,
     traceparent TEXT
   );
   CREATE INDEX push_app ON push (app);
   CREATE TABLE delivery (
     message_id TEXT NOT NULL,
     uid TEXT NOT NULL,
     push_id INTEGER,
     seq TEXT,
     partition INTEGER,
     queued_at INTEGER,
     offline_at INTEGER,
     routed_at INTEGER,
     evicted_at INTEGER,
     dead_at INTEGER,
     recalled_at INTEGER,
     written_at INTEGER,
     acked_at INTEGER,
     marks TEXT,
     hop INTEGER AS (CASE
       WHEN acked_at IS NOT NULL THEN 8
       WHEN written_at IS NOT NULL THEN 7
       WHEN recalled_at IS NOT NULL THEN 6
       WHEN dead_at IS NOT NULL THEN 5
       WHEN evicted_at IS NOT NULL THEN 4
       WHEN routed_at IS NOT NULL THEN 3
       WHEN offline_at IS NOT NULL THEN 2
       WHEN queued_at IS NOT NULL THEN 1
       ELSE 0 END),
     PRIMARY KEY (message_id, uid)
   ) WITHOUT ROWID;
   CREATE INDEX delivery_uid ON delivery (uid, push_id) WHERE push_id IS NOT NULL;
   CREATE INDEX delivery_hop ON delivery (hop, push_id) WHERE push_id IS NOT NULL;
   CREATE VIRTUAL TABLE words USING fts5 (text, content='', contentless_delete=1, tokenize='ascii');`,
  // Deliveries that were removed with a person, as `erasedMark` names them: what is told of them later is dropped.
  `CREATE TABLE erased (
     message_id TEXT NOT NULL,
     mark TEXT NOT NULL,
     PRIMARY KEY (message_id, mark)
   ) WITHOUT ROWID;`,
  // What the marks tell, as `foundBy` of facts.ts: their places are those of MARKS there, and 2^45 weights make a hop.
  `ALTER TABLE delivery ADD COLUMN node TEXT AS (marks ->> '$[0][1]');
   ALTER TABLE delivery ADD COLUMN reason TEXT AS (CASE WHEN (marks ->> '$[5][0]') / 35184372088832 >= hop THEN marks ->> '$[5][1]' END);
   CREATE INDEX delivery_node ON delivery (node, push_id) WHERE push_id IS NOT NULL AND node IS NOT NULL;
   CREATE INDEX delivery_reason ON delivery (reason, push_id) WHERE push_id IS NOT NULL AND reason IS NOT NULL;`,
] as const;
