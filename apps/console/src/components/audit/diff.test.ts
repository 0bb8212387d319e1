// A reader of the audit sees each field that changed, and no other.
import { expect, test } from 'vitest';
import { differences } from './diff.ts';

test('only what changed is told, with its place', () => {
  const before = { name: 'a', settings: { ttl: 1, origins: ['x'] }, same: true };
  const after = { name: 'b', settings: { ttl: 1, origins: ['x', 'y'] }, same: true };
  expect(differences(before, after)).toEqual([
    { path: 'name', before: 'a', after: 'b' },
    { path: 'settings.origins', before: '["x"]', after: '["x","y"]' },
  ]);
});

test('what is made has no before, what is deleted no after', () => {
  expect(differences(null, { id: 'demo' })).toEqual([{ path: 'id', before: undefined, after: 'demo' }]);
  expect(differences({ id: 'demo' }, null)).toEqual([{ path: 'id', before: 'demo', after: undefined }]);
});

test('a field that came or went is told', () => {
  expect(differences({ a: 1 }, { b: 2 })).toEqual([
    { path: 'b', before: undefined, after: '2' },
    { path: 'a', before: '1', after: undefined },
  ]);
});

test('values that are no records are compared as a whole', () => {
  expect(differences('a', 'b')).toEqual([{ path: '', before: 'a', after: 'b' }]);
  expect(differences(null, null)).toEqual([]);
});
