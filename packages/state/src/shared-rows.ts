// What the processes agree on, as rows of the embedded store: ring, leases, revocations, the log, devices, idempotency.
import type { DatabaseSync } from 'node:sqlite';
import { EMPTY_RING, type RingDocument } from '@message-push/protocol';
import type {
  IdempotencyRecord,
  IdempotentTakeOver,
  LogRecord,
  LogSeen,
  LogView,
  NumberedRevocation,
  Revocation,
} from './index.ts';
import { isShorter } from './log-view.ts';

export const SHARED_SCHEMA = `
  CREATE TABLE ring (version INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, document TEXT NOT NULL);
  CREATE TABLE lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, epoch INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE announced (kind TEXT NOT NULL, id TEXT NOT NULL, data TEXT NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (kind, id)) WITHOUT ROWID;
  CREATE TABLE revocation (n INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, revocation TEXT NOT NULL);
  CREATE TABLE log (one INTEGER PRIMARY KEY CHECK (one = 1), bus_id TEXT NOT NULL, topic TEXT NOT NULL,
    generation INTEGER NOT NULL, partitions INTEGER NOT NULL);
  CREATE TABLE seen (part INTEGER PRIMARY KEY, last INTEGER NOT NULL);
  CREATE TABLE device (app TEXT NOT NULL, device_id TEXT NOT NULL, uid TEXT NOT NULL, used_at INTEGER NOT NULL,
    PRIMARY KEY (app, device_id)) WITHOUT ROWID;
  CREATE INDEX device_used ON device (used_at);
  CREATE TABLE idempotency (app TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (app, key)) WITHOUT ROWID;
  CREATE INDEX idempotency_at ON idempotency (at)`;

/** Words to close sessions, which are kept for a shorter time, are marked. */
export const BRIEF_REVOCATIONS = `
  ALTER TABLE revocation ADD COLUMN brief INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX revocation_brief ON revocation (at) WHERE brief = 1`;

/** Most rows deleted from one table in one pass of the sweep. */
const SWEEP_MAX = 200;
/** Most revocations answered at once. */
const REVOCATIONS_MAX = 10_000;
/** A device's use is recorded at most this often. */
const DEVICE_USE_EVERY_MS = 3_600_000;

export interface SharedOptions {
  keepMs: number;
  sessionsKeepMs: number;
  ringHistoryMax: number;
  idempotencyMs: number;
  deviceIdleMs: number;
}

export function sharedHandlers(db: DatabaseSync, options: SharedOptions) {
  const parts = [
    ringHandlers(db, options),
    leaseHandlers(db),
    revocationHandlers(db, options),
    logHandlers(db),
  ] as const;
  const keys = [deviceHandlers(db, options), idempotencyHandlers(db, options)] as const;
  return {
    reads: { ...parts[0].reads, ...parts[1].reads, ...parts[2].reads, ...parts[3].reads, ...keys[0].reads },
    writes: {
      ...parts[0].writes,
      ...parts[1].writes,
      ...parts[2].writes,
      ...parts[3].writes,
      ...keys[0].writes,
      ...keys[1].writes,
    },
    sweep: sweeper(db, options),
  };
}

function ringHandlers(db: DatabaseSync, { ringHistoryMax }: SharedOptions) {
  const newest = db.prepare('SELECT version, epoch, document FROM ring ORDER BY version DESC LIMIT ?');
  const insert = db.prepare('INSERT INTO ring VALUES (?, ?, ?)');
  const trim = db.prepare(
    'DELETE FROM ring WHERE version <= (SELECT version FROM ring ORDER BY version DESC LIMIT 1 OFFSET ?)',
  );
  const history = (limit: number): RingDocument[] =>
    newest.all(limit).map(({ document }) => JSON.parse(String(document)));
  return {
    reads: {
      readRing: (_: undefined): RingDocument => history(1)[0] ?? EMPTY_RING,
      ringHistory: ({ limit }: { limit: number }) => history(limit),
    },
    writes: {
      writeRing: ({ document, expected }: { document: RingDocument; expected: number }): boolean => {
        const present = newest.get(1);
        const { version, epoch } = document;
        if (Number(present?.version ?? 0) !== expected || version <= expected) return false;
        if (epoch < Number(present?.epoch ?? 0)) return false;
        insert.run(version, epoch, JSON.stringify(document));
        trim.run(ringHistoryMax);
        return true;
      },
    },
  };
}

function leaseHandlers(db: DatabaseSync) {
  const get = db.prepare('SELECT holder, epoch, until FROM lease WHERE name = ?');
  const put = db.prepare(
    `INSERT INTO lease VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET holder = excluded.holder, epoch = excluded.epoch, until = excluded.until`,
  );
  const release = db.prepare("UPDATE lease SET holder = '', until = 0 WHERE name = ? AND holder = ?");
  const announce = db.prepare(
    'INSERT INTO announced VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET data = excluded.data, until = excluded.until',
  );
  const announced = db.prepare('SELECT id, data FROM announced WHERE kind = ? AND until > ? ORDER BY id');
  return {
    reads: {
      announced: ({ kind, now }: { kind: string; now: number }) =>
        announced.all(kind, now).map(({ id, data }) => ({ id: String(id), data: String(data) })),
    },
    writes: {
      lease: ({ name, holder, ttlMs, now }: { name: string; holder: string; ttlMs: number; now: number }) => {
        const present = get.get(name);
        const isHolder = present?.holder === holder;
        const epoch = Number(present?.epoch ?? 0);
        if (present && !isHolder && Number(present.until) > now)
          return { held: false, holder: String(present.holder), epoch };
        const next = isHolder ? epoch : epoch + 1;
        put.run(name, holder, next, now + ttlMs);
        return { held: true, holder, epoch: next };
      },
      release: ({ name, holder }: { name: string; holder: string }): void => {
        release.run(name, holder);
      },
      announce: (args: { kind: string; id: string; ttlMs: number; data: string; now: number }): void => {
        announce.run(args.kind, args.id, args.data, args.now + args.ttlMs);
      },
    },
  };
}

function revocationHandlers(db: DatabaseSync, { keepMs, sessionsKeepMs }: SharedOptions) {
  const ring = db.prepare('SELECT max(version) AS n FROM ring');
  // Not max(n): the counter stays when old revocations are deleted.
  const last = db.prepare("SELECT seq AS n FROM sqlite_sequence WHERE name = 'revocation'");
  const insert = db.prepare('INSERT INTO revocation (at, revocation, brief) VALUES (?, ?, ?)');
  const after = db.prepare(
    'SELECT n, at, revocation FROM revocation WHERE n > ? AND at > iif(brief, ?, ?) ORDER BY n LIMIT ?',
  );
  return {
    reads: {
      versions: (_: undefined) => ({ ring: Number(ring.get()?.n ?? 0), revocations: Number(last.get()?.n ?? 0) }),
      revocations: (args: { after: number; now: number }): NumberedRevocation[] =>
        after
          .all(args.after, args.now - sessionsKeepMs, args.now - keepMs, REVOCATIONS_MAX)
          .map(({ n, at, revocation }) => ({
            n: Number(n),
            at: Number(at),
            revocation: JSON.parse(String(revocation)),
          })),
    },
    writes: {
      revoke: ({ revocation, now }: { revocation: Revocation; now: number }) =>
        Number(insert.run(now, JSON.stringify(revocation), Number(revocation.kind === 'sessions')).lastInsertRowid),
    },
  };
}

function logHandlers(db: DatabaseSync) {
  const get = db.prepare('SELECT bus_id, topic, generation, partitions FROM log');
  const put = db.prepare('INSERT OR REPLACE INTO log VALUES (1, ?, ?, ?, ?)');
  const seen = db.prepare('SELECT part, last FROM seen');
  const forget = db.prepare('DELETE FROM seen');
  const saw = db.prepare('INSERT INTO seen VALUES (?, ?) ON CONFLICT DO UPDATE SET last = max(last, excluded.last)');
  const record = () => get.get() as LogRecord | undefined; // the columns of the query
  return {
    reads: {
      logSeen: (_: undefined): LogSeen | undefined => {
        const present = record();
        if (!present) return undefined;
        const offsets = Object.fromEntries(seen.all().map(({ part, last }) => [Number(part), Number(last)]));
        return { generation: present.generation, offsets };
      },
    },
    writes: {
      openLog: ({ bus_id, topic, partitions, ends, before }: LogView): LogRecord => {
        const present = record();
        const isSame = present?.bus_id === bus_id && present.topic === topic;
        const isKnown = before?.generation === present?.generation;
        const isJudged = isSame ? before !== undefined && isShorter(ends, before.offsets) : true;
        if (present !== undefined && (!isJudged || (before !== undefined && !isKnown))) return { ...present };
        // Generation 0 is never used: SEQ_ZERO lies before every sequence.
        const generation = (present?.generation ?? 0) + 1;
        put.run(bus_id, topic, generation, partitions);
        forget.run();
        return { bus_id, topic, generation, partitions };
      },
      sawOffsets: ({ generation, offsets }: { generation: number; offsets: Record<number, number> }): void => {
        if (record()?.generation !== generation) return;
        for (const [partition, offset] of Object.entries(offsets)) saw.run(Number(partition), offset);
      },
    },
  };
}

function deviceHandlers(db: DatabaseSync, { deviceIdleMs }: SharedOptions) {
  const forget = db.prepare('DELETE FROM device WHERE app = ? AND device_id = ? AND uid = ?');
  const get = db.prepare('SELECT uid, used_at FROM device WHERE app = ? AND device_id = ?');
  const put = db.prepare(
    'INSERT INTO device VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET uid = excluded.uid, used_at = excluded.used_at',
  );
  return {
    reads: {
      resolveDevices: ({ app, deviceIds, now }: { app: string; deviceIds: string[]; now: number }) =>
        deviceIds.map((deviceId) => {
          const row = get.get(app, deviceId);
          return row && Number(row.used_at) > now - deviceIdleMs ? String(row.uid) : undefined;
        }),
    },
    writes: {
      forgetDevices: ({ app, uid, deviceIds }: { app: string; uid: string; deviceIds: string[] }): void => {
        for (const deviceId of deviceIds) forget.run(app, deviceId, uid);
      },
      claimDevice: (args: { app: string; deviceId: string; uid: string; now: number }): boolean => {
        const { app, deviceId, uid, now } = args;
        const row = get.get(app, deviceId);
        const usedAt = Number(row?.used_at ?? 0);
        if (row && row.uid !== uid && usedAt > now - deviceIdleMs) return false;
        if (row?.uid !== uid || now - usedAt >= DEVICE_USE_EVERY_MS) put.run(app, deviceId, uid, now);
        return true;
      },
    },
  };
}

function idempotencyHandlers(db: DatabaseSync, { idempotencyMs }: SharedOptions) {
  const get = db.prepare('SELECT record FROM idempotency WHERE app = ? AND key = ? AND at > ?');
  const put = db.prepare('INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?)');
  // The 24 hours count from the first request: an answer does not renew them.
  const set = db.prepare(
    'INSERT INTO idempotency VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET record = excluded.record',
  );
  const remove = db.prepare('DELETE FROM idempotency WHERE app = ? AND key = ?');
  return {
    writes: {
      beginIdempotent: (args: { app: string; key: string; record: IdempotencyRecord; now: number }) => {
        const { app, key, record, now } = args;
        const present = get.get(app, key, now - idempotencyMs);
        if (present) return { begun: false, record: JSON.parse(String(present.record)) as IdempotencyRecord }; // written below
        put.run(app, key, now, JSON.stringify(record));
        return { begun: true, record };
      },
      takeOverIdempotent: (args: IdempotentTakeOver & { app: string; key: string; now: number }): boolean => {
        const { app, key, message_id, from_api, to_api, now } = args;
        const row = get.get(app, key, now - idempotencyMs);
        if (!row) return false;
        const record: IdempotencyRecord = JSON.parse(String(row.record));
        if (record.message_id !== message_id || record.api !== from_api || record.answer !== undefined) return false;
        set.run(app, key, now, JSON.stringify({ ...record, api: to_api }));
        return true;
      },
      finishIdempotent: (args: { app: string; key: string; record?: IdempotencyRecord; now: number }): void => {
        const { app, key, record, now } = args;
        if (record) set.run(app, key, now, JSON.stringify(record));
        else remove.run(app, key);
      },
    },
  };
}

/** Deletes a bounded number of rows whose time is over. */
function sweeper(db: DatabaseSync, { keepMs, sessionsKeepMs, idempotencyMs, deviceIdleMs }: SharedOptions) {
  const announced = db.prepare(
    'DELETE FROM announced WHERE (kind, id) IN (SELECT kind, id FROM announced WHERE until <= ? LIMIT ?)',
  );
  const revocations = db.prepare(
    'DELETE FROM revocation WHERE n IN (SELECT n FROM (SELECT n, at FROM revocation ORDER BY n LIMIT ?) WHERE at <= ?)',
  );
  const brief = db.prepare(
    'DELETE FROM revocation WHERE n IN (SELECT n FROM revocation WHERE brief = 1 AND at <= ? ORDER BY at LIMIT ?)',
  );
  const devices = db.prepare(
    'DELETE FROM device WHERE (app, device_id) IN (SELECT app, device_id FROM device WHERE used_at <= ? LIMIT ?)',
  );
  const idempotency = db.prepare(
    'DELETE FROM idempotency WHERE (app, key) IN (SELECT app, key FROM idempotency WHERE at <= ? LIMIT ?)',
  );
  return (now: number): void => {
    announced.run(now, SWEEP_MAX);
    revocations.run(SWEEP_MAX, now - keepMs);
    brief.run(now - sessionsKeepMs, SWEEP_MAX);
    devices.run(now - deviceIdleMs, SWEEP_MAX);
    idempotency.run(now - idempotencyMs, SWEEP_MAX);
  };
}
