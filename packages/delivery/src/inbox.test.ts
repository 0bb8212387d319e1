import { SEQ_ZERO } from '@message-push/protocol';
import { expect, test } from 'vitest';
import { Desk, HOUR, messageId, numbers, START, seq } from './fixture.ts';
import { emptyChanges, erase, pull, recall, revokeBefore, unbind } from './inbox.ts';

const HOLD = 60_000;

test('an entry is stored once: its redelivery is answered as held, with the same predecessor', () => {
  const desk = new Desk();
  expect(desk.append(1)).toMatchObject({ outcome: 'new', prev: SEQ_ZERO });
  expect(desk.append(2)).toMatchObject({ outcome: 'new', prev: seq(1) });
  expect(desk.append(1)).toMatchObject({ outcome: 'held', prev: SEQ_ZERO });
  expect(desk.append(2)).toMatchObject({ outcome: 'held', prev: seq(1) });
  expect(desk.held()).toEqual([1, 2]);
});

test('an entry that comes late is not refused because a later one is in: it is inserted in order', () => {
  const desk = new Desk();
  desk.append(1);
  desk.append(3);
  expect(desk.append(2)).toMatchObject({ outcome: 'new', prev: seq(1) });
  expect(desk.append(3)).toMatchObject({ outcome: 'held', prev: seq(2) });
  expect(desk.held()).toEqual([1, 2, 3]);
});

test('an entry that was let go is recognised as gone when it is redelivered', () => {
  const desk = new Desk();
  desk.bind('p:h5');
  desk.append(1);
  desk.advance('p:h5', 1);
  desk.now += HOLD;
  expect(desk.append(1)).toMatchObject({ outcome: 'gone' });
  expect(desk.append(2)).toMatchObject({ outcome: 'new', prev: seq(1) });
  expect(desk.held()).toEqual([2]);
});

test('append answers where the uid is bound at that moment', () => {
  const desk = new Desk();
  expect(desk.append(1).binds).toEqual([]);
  desk.bind('p:h5', { bind: { node: 'n7', incarnation: 'i9', ring_version: 3 } });
  expect(desk.append(2).binds).toEqual([{ node: 'n7', incarnation: 'i9', ring_version: 3 }]);
});

test('nothing leaves until the hold after the last addressed scope has passed it', () => {
  const desk = new Desk();
  desk.bind('p:h5');
  desk.bind('p:ios', { platform: 'ios' });
  desk.append(1);
  desk.advance('p:h5', 1);
  desk.now += 2 * HOLD;
  desk.append(2);
  expect(desk.held()).toEqual([1, 2]);
  desk.advance('p:ios', 1, 'ios');
  desk.now += HOLD - 1;
  desk.append(3);
  expect(desk.held()).toEqual([1, 2, 3]);
  desk.now += 1;
  desk.append(4);
  expect(desk.held()).toEqual([2, 3, 4]);
});

test('an entry nobody addressed has come for stays until its time is over', () => {
  const desk = new Desk();
  desk.bind('p:h5');
  desk.append(1, { platforms: ['ios'] });
  desk.append(2);
  desk.advance('p:h5', 2);
  desk.now += 2 * HOLD;
  desk.append(3);
  expect(desk.held()).toEqual([1, 3]);
  desk.now = START + 24 * HOUR;
  desk.append(4, { expires_at: desk.now + 1 });
  expect(desk.held()).toEqual([4]);
});

test('an expired entry is not read, and leaves with the next change', () => {
  const desk = new Desk();
  desk.append(1, { expires_at: START + 10 });
  desk.append(2);
  desk.now += 10;
  expect(desk.read('p:h5')).toEqual([2]);
  desk.append(3);
  expect(desk.held()).toEqual([2, 3]);
});

test('an entry whose time was over before it came is never held', () => {
  const desk = new Desk();
  expect(desk.append(1, { expires_at: START })).toMatchObject({ outcome: 'gone' });
  expect(desk.held()).toEqual([]);
});

test('an inbox holds at most so many entries: the oldest leave and are reported', () => {
  const desk = new Desk({ entriesMax: 2 });
  desk.append(1);
  desk.append(2);
  expect(numbers(desk.append(3).evicted)).toEqual([1]);
  expect(desk.held()).toEqual([2, 3]);
  expect(desk.append(1)).toMatchObject({ outcome: 'gone' });
});

test('an inbox holds at most so many bytes, but always the newest entry', () => {
  const desk = new Desk({ bytesMax: 250 });
  desk.append(1);
  desk.append(2);
  expect(numbers(desk.append(3, { bytes: 200 }).evicted)).toEqual([1, 2]);
  expect(numbers(desk.append(4, { bytes: 999 }).evicted)).toEqual([3]);
  expect(desk.held()).toEqual([4]);
});

test('passed entries past their hold make room before anything is pushed out', () => {
  const desk = new Desk({ entriesMax: 2 });
  desk.append(1, { platforms: ['ios'] });
  desk.append(2);
  desk.bind('p:h5');
  desk.advance('p:h5', 2);
  desk.now += HOLD;
  expect(desk.append(3).evicted).toEqual([]);
  expect(desk.held()).toEqual([1, 3]);
});

test('what all have passed is not reported when it is pushed out within its hold, and neither is it at the redelivery', () => {
  const desk = new Desk({ entriesMax: 2 });
  desk.bind('p:h5');
  desk.append(1);
  desk.advance('p:h5', 1);
  desk.append(2);
  expect(desk.append(3).evicted).toEqual([]);
  expect(desk.held()).toEqual([2, 3]);
  expect(desk.append(3)).toMatchObject({ outcome: 'held', evicted: [] });
  expect(numbers(desk.append(4).evicted)).toEqual([2]);
});

test('what one device has acknowledged and another still waits for is reported when it is pushed out', () => {
  const desk = new Desk({ entriesMax: 1 });
  desk.bind('d:fast');
  desk.bind('d:slow');
  desk.append(1);
  desk.advance('d:fast', 1);
  expect(numbers(desk.append(2).evicted)).toEqual([1]);
});

test('what an append pushed out is reported again when it is redelivered', () => {
  const desk = new Desk({ entriesMax: 2 });
  for (const number of [1, 2, 3]) desk.append(number);
  const again = desk.append(3);
  expect(again.outcome).toBe('held');
  expect(again.evicted).toEqual([{ seq: seq(1), message_id: messageId(1) }]);
});

test('a push published again is recognised by its message id while the first is held', () => {
  const desk = new Desk();
  desk.append(1);
  expect(desk.append(2, { message_id: messageId(1), again: true })).toMatchObject({ outcome: 'again' });
  expect(desk.held()).toEqual([1]);
});

test('only marked arrivals are looked up by message id', () => {
  const desk = new Desk();
  desk.append(1);
  expect(desk.append(2, { message_id: messageId(1) })).toMatchObject({ outcome: 'new' });
});

test('the second publication stays recognised after the first has left', () => {
  const desk = new Desk();
  desk.bind('p:h5');
  desk.append(1);
  desk.append(2, { message_id: messageId(1), again: true });
  desk.advance('p:h5', 1);
  desk.now += HOLD;
  expect(desk.append(1)).toMatchObject({ outcome: 'gone' });
  expect(desk.append(2, { message_id: messageId(1), again: true })).toMatchObject({ outcome: 'gone' });
});

test('a pull answers at least one entry, then as many as fit, and says whether there are more', () => {
  const desk = new Desk();
  for (const number of [1, 2, 3]) desk.append(number, { bytes: 100 });
  const request = { scope: 'p:h5', platform: 'h5', after: SEQ_ZERO };
  expect(pull(desk.inbox, { ...request, bytesMax: 1 }, desk.now)).toMatchObject({ upTo: seq(1), more: true });
  expect(pull(desk.inbox, { ...request, bytesMax: 200 }, desk.now)).toMatchObject({ upTo: seq(2), more: true });
  expect(pull(desk.inbox, { ...request, bytesMax: 300 }, desk.now)).toMatchObject({ upTo: seq(3), more: false });
});

test('a pull reads only what is addressed, and brings the position to the end of the inbox', () => {
  const desk = new Desk();
  desk.append(1, { platforms: ['ios'] });
  desk.append(2);
  desk.append(3, { device_ids: ['x'] });
  expect(desk.read('p:h5')).toEqual([2]);
  expect(desk.read('d:x', 0, 'ios')).toEqual([1, 2, 3]);
  const answer = pull(desk.inbox, { scope: 'p:h5', platform: 'h5', after: seq(2), bytesMax: 100 }, desk.now);
  expect(answer).toEqual({ entries: [], upTo: seq(3), more: false });
});

test('a reader past the end of an inbox that state has set back keeps its position', () => {
  const desk = new Desk();
  desk.append(1);
  const answer = pull(desk.inbox, { scope: 'p:h5', platform: 'h5', after: seq(9), bytesMax: 100 }, desk.now);
  expect(answer).toEqual({ entries: [], upTo: seq(9), more: false });
});

test('unbind removes exactly that incarnation, and not the record of a later bind', () => {
  const desk = new Desk();
  desk.bind('p:h5', { bind: { node: 'n1', incarnation: 'i1', ring_version: 1, serial: 5 } });
  desk.bind('p:h5', { bind: { node: 'n1', incarnation: 'i2', ring_version: 2, serial: 1 } });
  unbind(desk.inbox, 'n1', 'i3');
  unbind(desk.inbox, 'n1', 'i1', undefined, 4);
  expect(desk.inbox.binds).toHaveLength(2);
  unbind(desk.inbox, 'n1', 'i1', undefined, 5);
  expect(desk.inbox.binds.map((bind) => bind.incarnation)).toEqual(['i2']);
  unbind(desk.inbox, 'n1', 'i2');
  expect(desk.inbox.binds).toEqual([]);
});

test('a revoked token binds nothing; a revocation is never taken back', () => {
  const desk = new Desk();
  revokeBefore(desk.inbox, 100);
  revokeBefore(desk.inbox, 50);
  expect(desk.bind('p:h5', { issued_at: 99 })).toMatchObject({ revoked: true, binds: [] });
  expect(desk.inbox.scopes).toEqual([]);
  expect(desk.bind('p:h5', { issued_at: 100 })).toMatchObject({ revoked: false });
  expect(desk.bind('p:h5', { issued_at: 0 })).toMatchObject({ revoked: false });
});

test('a recalled message is not read any more, does not come back by its redelivery, and leaves no gap', () => {
  const desk = new Desk();
  desk.bind('p:h5');
  for (const number of [1, 2, 3]) desk.append(number);
  const changes = emptyChanges();
  expect(recall(desk.inbox, messageId(2), desk.now, desk.limits, changes)).toEqual({ recalled: true });
  expect(changes).toMatchObject({ put: [], removed: [seq(2)], head: true });
  expect(desk.read('p:h5')).toEqual([1, 3]);
  expect(desk.append(2)).toMatchObject({ outcome: 'gone' });
  expect(desk.append(4)).toMatchObject({ outcome: 'new', prev: seq(3) });
  expect(desk.bind('p:h5', { cursor: seq(1) })).toMatchObject({ resumed: true, behind: true });
  expect(recall(desk.inbox, messageId(2), desk.now, desk.limits)).toEqual({ recalled: false });
});

test('what every addressed scope has passed cannot be recalled; what one of them awaits can', () => {
  const desk = new Desk();
  desk.bind('p:h5');
  desk.append(1);
  desk.append(2);
  desk.advance('p:h5', 1);
  expect(recall(desk.inbox, messageId(1), desk.now, desk.limits)).toEqual({ recalled: false });
  desk.bind('d:phone');
  desk.append(3);
  desk.advance('p:h5', 3);
  expect(recall(desk.inbox, messageId(3), desk.now, desk.limits)).toEqual({ recalled: true });
  expect(desk.held()).toEqual([1, 2]);
});

test('of an erased person nothing is left but how far the log has come and which tokens are refused', () => {
  const desk = new Desk();
  desk.bind('d:phone');
  revokeBefore(desk.inbox, 100);
  for (const number of [1, 2]) desk.append(number);
  const changes = emptyChanges();
  expect(erase(desk.inbox, changes)).toEqual({ devices: ['phone'] });
  expect(changes).toMatchObject({ removed: [seq(1), seq(2)], head: true });
  expect(desk.inbox).toEqual({ floor: seq(2), gap: SEQ_ZERO, entries: [], scopes: [], binds: [], revoked_before: 100 });
  expect(desk.append(2)).toMatchObject({ outcome: 'gone' });
  expect(desk.append(3)).toMatchObject({ outcome: 'new' });
  expect(desk.bind('d:phone', { cursor: seq(1) })).toMatchObject({ resumed: true, behind: true });
});

test('changes name every entry and the head as they have to be stored', () => {
  const desk = new Desk({ entriesMax: 2 });
  desk.bind('p:h5');
  const first = emptyChanges();
  desk.append(1, {}, first);
  expect(numbers(first.put)).toEqual([1]);
  expect(first).toMatchObject({ removed: [], head: false });
  const passed = emptyChanges();
  desk.advance('p:h5', 1, 'h5', passed);
  expect(passed).toMatchObject({ put: [{ seq: seq(1), passed_at: START }], removed: [], head: true });
  const full = emptyChanges();
  desk.append(2, {}, full);
  desk.append(3, {}, full);
  expect(full).toMatchObject({ removed: [seq(1)], head: true });
  const idle = emptyChanges();
  desk.advance('p:h5', 1, 'h5', idle);
  expect(idle).toEqual({ put: [], removed: [], head: false });
});
