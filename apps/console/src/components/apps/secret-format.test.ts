// A mistyped secret is found in the browser, by the same rule as where secrets are made.
import { expect, test } from 'vitest';
import { readSecret } from './secret-format.ts';

/** Made by packages/database. */
const MADE = [
  'ps_live_000000000000000000000000000000000000000000003uTVy',
  'ps_live_00P7TMJAMtIAKPK15KMeONVl8lPkp3Q5J7OZtDH3YNd3aH4pW',
  'ps_test_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13FZENG',
];

test('secrets that the platform made are whole, with their environment and last four characters', () => {
  expect(MADE.map(readSecret)).toEqual([
    { kind: 'whole', environment: 'live', hint: 'uTVy' },
    { kind: 'whole', environment: 'live', hint: 'H4pW' },
    { kind: 'whole', environment: 'test', hint: 'ZENG' },
  ]);
});

test('one wrong, missing, added or swapped character is found', () => {
  for (const secret of MADE)
    for (let place = 8; place < secret.length; place++) {
      const [before, here, after] = [secret.slice(0, place), secret.charAt(place), secret.slice(place + 1)];
      expect(readSecret(before + (here === 'x' ? 'y' : 'x') + after).kind).toBe('damaged');
      expect(readSecret(before + after).kind).toBe('damaged');
      expect(readSecret(`${before}${here}x${after}`).kind).toBe('damaged');
      const next = after.charAt(0);
      if (next !== '' && next !== here) expect(readSecret(before + next + here + after.slice(1)).kind).toBe('damaged');
    }
});

test('what has another form is not called damaged: secrets may have been taken over from elsewhere', () => {
  for (const text of ['', '0123456789abcdef', 'sk_live_abc', 'PS_LIVE_', ' ps_live_x'])
    expect(readSecret(text)).toEqual({ kind: 'foreign' });
});
