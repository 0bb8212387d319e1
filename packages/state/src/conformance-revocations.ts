// The specification of revocations: numbered words that every process reads.
import { describe, expect, test } from 'vitest';
import type { InboxStage } from './conformance-inboxes.ts';
import type { Revocation } from './index.ts';

const DAY_MS = 86_400_000;

export function revocationRules(stage: InboxStage): void {
  const { clock } = stage;
  const state = () => stage.state();
  describe('revocations', () => {
    const user = (before: number): Revocation => ({ kind: 'user', app: 'shop', uid: 'ann', before });

    test('revocations are numbered, counted, and read in order from any number on', async () => {
      const numbers = [await state().revoke(user(1)), await state().revoke(user(2)), await state().revoke(user(3))];
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect((await state().versions()).revocations).toBe(numbers[2]);
      const list = await state().revocations(numbers[0] ?? 0);
      expect(list).toEqual([
        { n: numbers[1], at: clock.now(), revocation: user(2) },
        { n: numbers[2], at: clock.now(), revocation: user(3) },
      ]);
    });

    test('revocations older than 31 days are not answered any more; the counter stays', async () => {
      const first = await state().revoke(user(1));
      clock.advance(31 * DAY_MS);
      await state().ping();
      const second = await state().revoke(user(2));
      await stage.reopen();
      expect(second).toBeGreaterThan(first);
      expect((await state().revocations(0)).map(({ n }) => n)).toEqual([second]);
      clock.advance(31 * DAY_MS);
      await state().announce('api', 'a', 1000, '');
      await state().announce('api', 'a', 1000, '');
      expect(await state().revocations(0)).toEqual([]);
      expect((await state().versions()).revocations).toBe(second);
    });
  });

  describe('words to close sessions', () => {
    const closing = (uid: string): Revocation => ({ kind: 'sessions', app: 'shop', uid, code: 4503, before: 5 });

    test('are read in order with the other revocations', async () => {
      const said: Revocation[] = [{ kind: 'app', app: 'a' }, closing('ann'), { kind: 'app', app: 'b' }, closing('bob')];
      const numbers: number[] = [];
      for (const revocation of said) numbers.push(await state().revoke(revocation));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      await stage.reopen();
      expect((await state().revocations(0)).map(({ revocation }) => revocation)).toEqual(said);
      expect(await state().revocations(numbers[2] ?? 0)).toEqual([
        { n: numbers[3], at: clock.now(), revocation: closing('bob') },
      ]);
      expect((await state().versions()).revocations).toBe(numbers[3]);
    });

    test('are there for 10 minutes, and leave no longer-lived revocation behind', async () => {
      const lasting = await state().revoke({ kind: 'app', app: 'a' });
      const first = await state().revoke(closing('ann'));
      clock.advance(600_000 - 1);
      expect((await state().revocations(0)).map(({ n }) => n)).toEqual([lasting, first]);
      clock.advance(1);
      const second = await state().revoke(closing('bob'));
      expect((await state().revocations(0)).map(({ n }) => n)).toEqual([lasting, second]);
    });
  });
}
