// A new app is refused in the browser where the api would refuse it, and sends no setting that was left alone.
import { appCreateSchema } from '@message-push/protocol/admin';
import { expect, test } from 'vitest';
import { creationProblems, emptyCreation, settingsOf, toldCreation } from './creation.ts';

const GOOD = { ...emptyCreation, name: 'Shop' };

test('a name is enough', () => {
  expect(creationProblems(GOOD)).toEqual({});
  expect(settingsOf(GOOD)).toBeUndefined();
});

test('what is wrong is told by field, in the order of the form', () => {
  const draft = { ...GOOD, name: ' ', id: 'a b', addresses: '10.0.0.1\nhost', requests: '0' };
  expect(creationProblems(draft)).toEqual({
    name: { code: 'required' },
    id: { code: 'badId' },
    addresses: { code: 'badAddress', item: 'host', line: 2 },
    requests: { code: 'range', min: 1, max: 100_000 },
  });
  expect(Object.keys(creationProblems(draft))).toEqual(['name', 'id', 'addresses', 'requests']);
  expect(creationProblems({ ...GOOD, requests: 'x' })).toEqual({ requests: { code: 'notWhole', max: 100_000 } });
});

test('what has no problem passes the contract', () => {
  for (const [name, id] of [
    ['好'.repeat(100), 'x'.repeat(64)],
    ['<script>', 'A-z_0'],
  ] as const) {
    expect(creationProblems({ ...GOOD, name, id })).toEqual({});
    expect(appCreateSchema.safeParse({ name, id }).success).toBe(true);
  }
});

test('limits are sent only when they were given', () => {
  expect(settingsOf({ ...GOOD, addresses: '10.0.0.0/8, ::1', requests: '2,000' })).toEqual({
    address_allow_list: ['10.0.0.0/8', '::1'],
    requests_per_second: 2_000,
  });
});

test('a taken AppID is told beside it', () => {
  expect(toldCreation({ code: 'TAKEN', details: [{ path: 'id', problem: 'is taken already' }] })).toEqual({
    id: { code: 'taken' },
  });
});
