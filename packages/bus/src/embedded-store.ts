// The embedded log as a store module: records, their partitions and the groups' offsets in one database. Runs in the worker.
import type { DatabaseSync } from 'node:sqlite';
import type { Lag, Topic } from './index.ts';

/** A lane is one partition of one topic; a record's row id is its lane and its offset, so that a lane lies together. */
const TOPICS: readonly Topic[] = ['pushes', 'receipts', 'dead'];
const LANES_PER_TOPIC = 1024;
const LANE_SPAN = 2 ** 40;
/** Most records deleted from a lane in one pass, and the shortest time between two passes that had enough. */
const SWEEP_MAX = 1000;
const SWEEP_EVERY_MS = 1000;

export const migrations = [
  `CREATE TABLE log (one INTEGER PRIMARY KEY CHECK (one = 1), bus_id TEXT NOT NULL, partitions INTEGER NOT NULL);
   CREATE TABLE lane (lane INTEGER PRIMARY KEY, start INTEGER NOT NULL, end INTEGER NOT NULL, bytes INTEGER NOT NULL);
   CREATE TABLE record (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, value BLOB NOT NULL);
   CREATE TABLE position (name TEXT NOT NULL, lane INTEGER NOT NULL, committed INTEGER NOT NULL, used_at INTEGER NOT NULL,
     PRIMARY KEY (name, lane)) WITHOUT ROWID`,
];

export interface LogOptions {
  /** Identity and number of partitions of a log that does not exist yet. */
  busId: string;
  partitions: number;
  retentionMs: number;
  retentionBytes: number;
  partitionBytesMax: number;
  batchBytesMax: number;
}

export interface ReadRecord {
  offset: number;
  at: number;
  value: Uint8Array;
}

/** A row of `lane`. */
interface Lane {
  lane: number;
  start: number;
  end: number;
  bytes: number;
}

export function open(db: DatabaseSync, options: LogOptions) {
  db.prepare('INSERT OR IGNORE INTO log VALUES (1, ?, ?)').run(options.busId, options.partitions);
  const { bus_id: busId, partitions } = db.prepare('SELECT bus_id, partitions FROM log').get() as {
    bus_id: string;
    partitions: number;
  }; // the columns of the table
  if (partitions !== options.partitions)
    throw new Error(`the log has ${partitions} partitions, not ${options.partitions}: their number is fixed`);
  const makeLane = db.prepare('INSERT OR IGNORE INTO lane VALUES (?, 0, 0, 0)');
  const count = (topic: Topic) => (topic === 'dead' ? 1 : partitions);
  for (const topic of TOPICS) for (let p = 0; p < count(topic); p++) makeLane.run(laneOf(topic, p));

  const lane = db.prepare('SELECT lane, start, end, bytes FROM lane WHERE lane = ?');
  const grow = db.prepare('UPDATE lane SET end = end + ?, bytes = bytes + ? WHERE lane = ? RETURNING end, bytes');
  const insert = db.prepare('INSERT INTO record VALUES (?, ?, ?)');
  const select = db.prepare('SELECT id, at, value FROM record WHERE id >= ? AND id < ? ORDER BY id LIMIT ?');
  const join = db.prepare(
    'INSERT INTO position SELECT ?, lane, start, ? FROM lane WHERE lane = ? ON CONFLICT DO UPDATE SET used_at = excluded.used_at',
  );
  const commit = db.prepare('UPDATE position SET committed = ?, used_at = ? WHERE name = ? AND lane = ?');
  const position = db.prepare('SELECT committed FROM position WHERE name = ? AND lane = ?');
  const sweep = sweeper(db, options);
  let now = 0;

  // Lanes of a topic exist since the log was opened.
  const laneRow = (topic: Topic, partition: number): Lane => {
    const row = lane.get(laneOf(topic, partition));
    if (!row) throw new RangeError(`the topic ${topic} has no partition ${partition}`);
    return row as unknown as Lane; // the columns of the query
  };
  const committedOf = (group: string, topic: Topic, partition: number): number => {
    const row = position.get(group, laneOf(topic, partition));
    const { start } = laneRow(topic, partition);
    return row ? Math.max(Number(row.committed), start) : start;
  };

  return {
    reads: {
      describe: ({ topic }: { topic: Topic }) => {
        const ends = Array.from({ length: count(topic) }, (_, p) => laneRow(topic, p).end);
        return { busId, partitions: ends.length, ends };
      },
      read: (args: { topic: Topic; partition: number; from: number; max: number }) => {
        const { topic, partition, from, max } = args;
        const base = laneOf(topic, partition) * LANE_SPAN;
        const records: ReadRecord[] = [];
        let bytes = 0;
        for (const row of select.iterate(base + from, base + LANE_SPAN, max)) {
          const value = row.value as Uint8Array; // the column is BLOB
          bytes += value.byteLength;
          if (records.length > 0 && bytes > options.batchBytesMax) break;
          records.push({ offset: Number(row.id) - base, at: Number(row.at), value });
        }
        return { records, end: laneRow(topic, partition).end };
      },
      committed: ({ group, topic, partition }: { group: string; topic: Topic; partition: number }) =>
        committedOf(group, topic, partition),
      lag: ({ group, topic }: { group: string; topic: Topic }): Lag[] =>
        Array.from({ length: count(topic) }, (_, partition) => ({
          partition,
          committed: committedOf(group, topic, partition),
          end: laneRow(topic, partition).end,
        })),
    },
    writes: {
      /** Values of several partitions, in order; answers their offsets, and how large each partition has become. */
      publish: (args: { topic: Topic; partitions: number[]; values: Uint8Array[]; at: number }) => {
        now = args.at;
        const sums = new Map<number, { records: number; bytes: number }>();
        for (const [i, partition] of args.partitions.entries()) {
          const sum = sums.get(partition) ?? { records: 0, bytes: 0 };
          sum.records += 1;
          sum.bytes += args.values[i]?.byteLength ?? 0;
          sums.set(partition, sum);
        }
        const next = new Map<number, number>();
        const sizes: Record<number, number> = {};
        for (const [partition, { records, bytes }] of sums) {
          const grown = grow.get(records, bytes, laneOf(args.topic, partition));
          if (!grown) throw new RangeError(`the topic ${args.topic} has no partition ${partition}`);
          if (Number(grown.bytes) > options.partitionBytesMax)
            throw new Error(`partition ${partition} of ${args.topic} is full`);
          next.set(partition, Number(grown.end) - records);
          sizes[partition] = Number(grown.bytes);
        }
        const offsets = args.partitions.map((partition, i) => {
          const offset = next.get(partition) ?? 0;
          next.set(partition, offset + 1);
          insert.run(laneOf(args.topic, partition) * LANE_SPAN + offset, args.at, args.values[i] ?? new Uint8Array());
          return offset;
        });
        return { offsets, sizes };
      },
      /** A member of the group reads these partitions from now on. */
      join: (args: { group: string; topic: Topic; partitions: number[]; at: number }) => {
        now = args.at;
        for (const partition of args.partitions) join.run(args.group, args.at, laneOf(args.topic, partition));
        return args.partitions.map((partition) => ({
          partition,
          committed: committedOf(args.group, args.topic, partition),
        }));
      },
      commit: (args: { group: string; topic: Topic; offsets: { partition: number; offset: number }[]; at: number }) => {
        now = args.at;
        for (const { partition, offset } of args.offsets) {
          const { end } = laneRow(args.topic, partition);
          if (!(offset >= 0 && offset <= end)) throw new RangeError(`offset ${offset} is not in the log`);
          commit.run(offset, args.at, args.group, laneOf(args.topic, partition));
        }
      },
    },
    beforeCommit: () => sweep(now),
  };
}

function laneOf(topic: Topic, partition: number): number {
  if (!(Number.isInteger(partition) && partition >= 0 && partition < LANES_PER_TOPIC)) return -1;
  return TOPICS.indexOf(topic) * LANES_PER_TOPIC + partition;
}

/** Deletes, at most every second, the oldest records that are too old or too many and that no group still has to read. */
function sweeper(db: DatabaseSync, { retentionMs, retentionBytes }: LogOptions) {
  const lanes = db.prepare('SELECT lane, start, end, bytes FROM lane WHERE end > start');
  // A group that has not shown up for the retention time holds nothing back.
  const lowest = db.prepare('SELECT min(committed) AS n FROM position WHERE lane = ? AND used_at >= ?');
  const oldest = db.prepare(
    'SELECT id, at, length(value) AS size FROM record WHERE id >= ? AND id < ? ORDER BY id LIMIT ?',
  );
  const remove = db.prepare('DELETE FROM record WHERE id >= ? AND id < ?');
  const cut = db.prepare('UPDATE lane SET start = ?, bytes = bytes - ? WHERE lane = ?');
  let nextAt = 0;

  function sweepLane({ lane, start, end, bytes }: Lane, now: number): number {
    const base = lane * LANE_SPAN;
    const consumed = lowest.get(lane, now - retentionMs)?.n;
    const until = typeof consumed === 'number' ? consumed : end;
    let removed = 0;
    let upTo = start;
    for (const { id, at, size } of oldest.iterate(base + start, base + until, SWEEP_MAX)) {
      if (Number(at) >= now - retentionMs && bytes - removed <= retentionBytes) break;
      removed += Number(size);
      upTo = Number(id) - base + 1;
    }
    if (upTo === start) return 0;
    remove.run(base, base + upTo);
    cut.run(upTo, removed, lane);
    return upTo - start;
  }

  return (now: number): void => {
    if (now < nextAt) return;
    let full = false;
    for (const row of lanes.all()) full = sweepLane(row as unknown as Lane, now) >= SWEEP_MAX || full; // the columns of the query
    nextAt = full ? now : now + SWEEP_EVERY_MS;
  };
}
