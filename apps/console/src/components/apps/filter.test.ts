// A search finds an app by whatever is known of it.
import type { AppView } from '@message-push/protocol/admin';
import { expect, test } from 'vitest';
import { matches } from './filter.ts';

const credential = { hint: 'a1B2' } as AppView['credentials'][number]; // the rest is not looked at
const app = {
  id: 'shop-cn',
  name: 'Shop 商城',
  aliases: ['old-shop'],
  state: 'live',
  credentials: [credential],
} as unknown as AppView; // the rest is not looked at

test.each(['', 'SHOP', '商城', 'cn', 'old', 'A1b2', 'shop old', '  '])('found by “%s”', (q) => {
  expect(matches(app, { q, state: 'all' })).toBe(true);
});

test('every word counts, and so does the state', () => {
  expect(matches(app, { q: 'shop bank', state: 'all' })).toBe(false);
  expect(matches(app, { q: '', state: 'live' })).toBe(true);
  expect(matches(app, { q: '', state: 'disabled' })).toBe(false);
});
