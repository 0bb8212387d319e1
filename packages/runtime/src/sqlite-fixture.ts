// A small store module for the tests of the store: a table of numbered texts.
import type { DatabaseSync } from 'node:sqlite';

export const migrations = ['CREATE TABLE line (n INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)'];

export function open(db: DatabaseSync, options: { refuse?: string }) {
  if (options.refuse !== undefined) throw new Error(options.refuse);
  const insert = db.prepare('INSERT INTO line (text) VALUES (?)');
  const count = db.prepare('SELECT count(*) AS n FROM line');
  const last = db.prepare('SELECT text FROM line ORDER BY n DESC LIMIT 1');
  const seen = { rollbacks: 0, transactions: 0 };
  return {
    reads: {
      count: (_: undefined) => Number(count.get()?.n),
      last: (_: undefined) => last.get()?.text as string | undefined, // the column is TEXT
      seen: (_: undefined) => ({ ...seen }),
    },
    writes: {
      add: ({ text, refuse }: { text: string; refuse?: boolean }) => {
        const { lastInsertRowid } = insert.run(text);
        if (refuse) throw new Error('refused by the handler');
        return Number(lastInsertRowid);
      },
      crash: (_: undefined): void => {
        process.exit(7);
      },
    },
    beforeCommit: () => {
      seen.transactions += 1;
    },
    rolledBack: () => {
      seen.rollbacks += 1;
    },
  };
}
