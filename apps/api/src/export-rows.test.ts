// A file has the rows that were asked for, runs no formula, and holds only as much in memory as its reader has room for.
import { buffer, text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { exported } from './export-rows.ts';

const columns = ['time', 'title', 'n'];
async function* pagesOf<T>(...pages: T[][]) {
  yield* pages;
}

test('CSV is quoted where it has to be, and a text that looks like a formula is led by an apostrophe', async () => {
  const rows = ['=1+1', '+1', '-1', '@x', '\tx', ' =1', '＝1', 'a "b", c\nd', '维护', undefined, 'a=b'].map(
    (title) => ({
      time: 't',
      title,
      n: -1,
      other: 'not a column',
    }),
  );
  const file = String(await buffer(exported(pagesOf(rows), { format: 'csv', columns, max: 100 })));
  expect(file).toBe(
    [
      '\ufefftime,title,n',
      ...["t,'=1+1,-1", "t,'+1,-1", "t,'-1,-1", "t,'@x,-1", "t,'\tx,-1", "t,' =1,-1", "t,'＝1,-1"],
      ...['t,"a ""b"", c\nd",-1', 't,维护,-1', 't,,-1', 't,a=b,-1', ''],
    ].join('\r\n'),
  );
});

test('NDJSON has each row as it is, one a line, and no file has more rows than the most', async () => {
  const pages = pagesOf([{ a: '=1' }, { a: '\n' }], [{ a: '3' }, { a: '4' }], [{ a: '5' }]);
  expect(await text(exported(pages, { format: 'ndjson', columns, max: 3 }))).toBe(
    '{"a":"=1"}\n{"a":"\\n"}\n{"a":"3"}\n',
  );
});

test('a page is asked for only when the reader has room, and never again once the reader is gone', async () => {
  let asked = 0;
  let ended = false;
  async function* endless() {
    try {
      for (;;) {
        asked++;
        yield Array.from({ length: 100 }, () => ({ title: 'x'.repeat(1_000) }));
      }
    } finally {
      ended = true;
    }
  }
  const file = exported(endless(), { format: 'ndjson', columns, max: 1_000_000 });
  file.read(0);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toBeLessThan(4);
  file.destroy();
  await new Promise((resolve) => file.once('close', resolve));
  expect(ended).toBe(true);
});

test('a page that fails ends the file with an error, not as if it were whole', async () => {
  async function* failing() {
    yield [{ title: 'one' }];
    throw new Error('the archive is away');
  }
  await expect(text(exported(failing(), { format: 'csv', columns, max: 10 }))).rejects.toThrow('the archive is away');
});
