// A link of the overview leads to the deliveries that it counted, as far as the history can tell them apart.
import { parseQuery } from '@message-push/protocol/admin/query-language';
import { expect, test } from 'vitest';
import { historyPath } from './history-path.ts';

const range = { from: 'now-15m', to: 'now' };

function clausesOf(path: string): string[][] {
  const { searchParams } = new URL(path, 'http://console');
  expect([searchParams.get('from'), searchParams.get('to')]).toEqual(['now-15m', 'now']);
  const parsed = parseQuery(searchParams.get('q') ?? '');
  return parsed.ok ? parsed.clauses.map(({ field, value }) => [field, value]) : [];
}

test.each([
  [undefined, undefined, []],
  ['acked,written', undefined, [['status', 'acked,written']]],
  [
    'expired',
    'inbox full',
    [
      ['status', 'expired'],
      ['reason', 'inbox_full'],
    ],
  ],
  ['expired', 'time-to-live ended', [['status', 'expired']]],
  [
    'dead',
    'the inbox refuses it: too "deep"',
    [
      ['status', 'dead'],
      ['reason', 'refused'],
    ],
  ],
  [
    'dead',
    'too "deep"',
    [
      ['status', 'dead'],
      ['reason', 'too "deep"'],
    ],
  ],
])('status %s and reason %s', (status, reason, clauses) => {
  expect(clausesOf(historyPath(range, status, reason))).toEqual(clauses);
});
