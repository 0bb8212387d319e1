// A rotation is shown from the new secret's birth to the end of the last old one.
import type { CredentialView } from '@message-push/protocol/admin';
import { expect, test } from 'vitest';
import { endOf, rotationOf } from './rotation.ts';

const NOW = 1_800_000_000_000;

function credential(id: string, state: CredentialView['state'], age: number, left: number | null): CredentialView {
  const expires_at = left === null ? null : NOW + left;
  const use = { per_minute: [], addresses: [] };
  return {
    id,
    app: 'a',
    hint: id,
    state,
    created_at: NOW - age,
    expires_at,
    revoked_at: null,
    last_used_at: null,
    use,
  };
}

test('no rotation without an old secret that lives, or without a new one', () => {
  expect(rotationOf([], NOW)).toBeUndefined();
  expect(rotationOf([credential('n', 'live', 10, null)], NOW)).toBeUndefined();
  expect(rotationOf([credential('o', 'grace', 20, 5)], NOW)).toBeUndefined();
  expect(rotationOf([credential('n', 'live', 10, null), credential('o', 'grace', 20, 0)], NOW)).toBeUndefined();
});

test('it ends with the last of the old ones, newest first', () => {
  const all = [
    credential('o1', 'grace', 500, 100),
    credential('n', 'live', 100, null),
    credential('o2', 'grace', 400, 300),
    credential('gone', 'revoked', 50, null),
  ];
  const rotation = rotationOf(all, NOW);
  expect(rotation?.next.id).toBe('n');
  expect(rotation?.old.map(({ id }) => id)).toEqual(['o2', 'o1']);
  expect(rotation).toMatchObject({ startedAt: NOW - 100, endsAt: NOW + 300, progress: 0.25 });
});

test('until the new one is first used there is no end', () => {
  const rotation = rotationOf([credential('n', 'live', 1, null), credential('o', 'grace', 2, null)], NOW);
  expect(rotation).toMatchObject({ endsAt: null, progress: null });
  expect(endOf('first_use', NOW)).toBeNull();
  expect(endOf(900, NOW)).toBe(NOW + 900_000);
});
