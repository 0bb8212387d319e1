// The store module of the embedded archive: what its worker thread can be asked.
import type { DatabaseSync } from 'node:sqlite';
import { type DeliveriesArgs, type PageArgs, type ReadArgs, Reader } from './read.ts';
import { type EraseArgs, type WriteBatch, Writer } from './write.ts';

export { migrations } from './schema.ts';

export function open(db: DatabaseSync, _options: undefined) {
  const reader = new Reader(db);
  const writer = new Writer(db);
  return {
    reads: {
      page: (args: PageArgs) => reader.page(args),
      count: (args: ReadArgs & { max: number }) => reader.count(args),
      histogram: (args: ReadArgs & { intervalMs: number }) => reader.histogram(args),
      funnel: (args: ReadArgs) => reader.funnel(args),
      sample: (args: ReadArgs & { limit: number }) => reader.sample(args),
      push: (args: { messageId: string; now: number }) => reader.push(args),
      deliveries: (args: DeliveriesArgs) => reader.deliveries(args),
      end: (_: undefined) => reader.end(),
    },
    writes: {
      write: (batch: WriteBatch) => refusing(() => writer.write(batch)),
      retain: (args: { before: number; max: number }) => writer.retain(args),
      erase: (args: EraseArgs) => writer.erase(args),
    },
  };
}

/** A value that the tables refuse is like one that cannot be bound: a TypeError, since errors lose their codes on the way out. */
function refusing(write: () => void): void {
  try {
    write();
  } catch (error) {
    // The low byte of SQLite's extended code: 19 = constraint.
    if (error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 19)
      throw new TypeError(error.message, { cause: error });
    throw error;
  }
}
