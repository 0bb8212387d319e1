import { maxSeq, SEQ_ZERO } from '@message-push/protocol';
import { expect, test } from 'vitest';
import { Desk, HOUR, messageId, START, seq } from './fixture.ts';

const HOLD = 60_000;
const WEEK = 7 * 24 * HOUR;
const LONG = { expires_at: START + 100 * 24 * HOUR };

test('a scope seen for the first time gets what is held and addresses it', () => {
  const desk = new Desk();
  desk.append(1, { platforms: ['ios'] });
  desk.append(2);
  const answer = desk.bind('p:h5');
  expect(answer).toMatchObject({ start: seq(1), behind: true, resumed: true });
  expect(desk.read('p:h5', 1)).toEqual([2]);
});

test('a scope seen for the first time does not get what another addressed scope has passed', () => {
  const desk = new Desk();
  desk.bind('p:ios', { platform: 'ios' });
  desk.append(1, { platforms: ['h5'] });
  desk.append(2);
  desk.append(3);
  desk.advance('p:ios', 2, 'ios');
  desk.bind('p:h5');
  expect(desk.read('p:h5')).toEqual([1, 3]);
});

test('what a scope skips holds nothing back and stays skipped for its slower sessions', () => {
  const desk = new Desk();
  desk.bind('p:ios', { platform: 'ios' });
  desk.append(1, { platforms: ['h5'] });
  desk.append(2);
  desk.append(3, { platforms: ['ios'] });
  desk.advance('p:ios', 2, 'ios');
  desk.bind('p:h5');
  desk.advance('p:h5', 3);
  expect(desk.read('p:h5')).toEqual([1]);
  desk.now += HOLD;
  desk.append(4);
  expect(desk.held()).toEqual([3, 4]);
});

test('first sight looks at what is held below the floor as well', () => {
  const desk = new Desk();
  desk.append(1);
  desk.append(2, { expires_at: START + 10 });
  desk.now += 10;
  desk.bind('p:h5');
  expect(desk.read('p:h5', Number.parseInt(desk.scope('p:h5')?.cursor.slice(4, 18) ?? '', 16))).toEqual([1]);
});

test('a new scope is not told of gaps of before its time', () => {
  const desk = new Desk({ entriesMax: 1 });
  desk.append(1);
  desk.append(2);
  expect(desk.bind('p:h5')).toMatchObject({ resumed: true });
});

test('a second session starts at the cursor of its scope', () => {
  const desk = new Desk();
  desk.bind('p:h5');
  for (const number of [1, 2, 3]) desk.append(number);
  desk.advance('p:h5', 2);
  expect(desk.bind('p:h5')).toMatchObject({ start: seq(2), behind: true });
});

test('a session with nothing to read starts at the end of the inbox', () => {
  const desk = new Desk();
  desk.bind('p:h5');
  desk.append(1);
  desk.append(2, { platforms: ['ios'] });
  desk.advance('p:h5', 1);
  expect(desk.bind('p:h5')).toMatchObject({ start: seq(2), behind: false });
});

test('a repeated bind goes on from what the session was sent, not from the cursor of its scope', () => {
  const desk = new Desk();
  desk.bind('p:h5');
  for (const number of [1, 2, 3, 4]) desk.append(number);
  desk.advance('p:h5', 3);
  const slow = desk.bind('p:h5', { repeat: true, enqueued: seq(1), cursor: seq(1) });
  expect(slow).toMatchObject({ start: seq(1), behind: true });
  const ahead = desk.bind('p:h5', { repeat: true, enqueued: seq(4), cursor: seq(2) });
  expect(ahead).toMatchObject({ start: seq(4), behind: false });
});

test('a repeated bind is never a first sight: what others passed is its due', () => {
  const desk = new Desk();
  desk.bind('p:ios', { platform: 'ios' });
  desk.append(1);
  desk.append(2);
  desk.advance('p:ios', 2, 'ios');
  desk.bind('p:h5', { repeat: true, enqueued: seq(1), cursor: seq(1) });
  expect(desk.read('p:h5', 1)).toEqual([2]);
});

test('a scope that state has lost takes the mark off what it has not passed', () => {
  const desk = new Desk();
  desk.bind('p:ios', { platform: 'ios' });
  desk.append(1);
  desk.advance('p:ios', 1, 'ios');
  desk.now += HOLD / 2;
  desk.bind('p:h5', { repeat: true, enqueued: SEQ_ZERO, cursor: SEQ_ZERO });
  desk.now += HOLD;
  expect(desk.read('p:h5')).toEqual([1]);
  desk.append(2);
  expect(desk.held()).toEqual([1, 2]);
});

test('a cursor that is reported again after state lost it records its scope, even at the very beginning', () => {
  const desk = new Desk();
  desk.bind('p:ios', { platform: 'ios' });
  desk.append(1);
  desk.advance('p:h5', 0);
  desk.advance('p:ios', 1, 'ios');
  expect(desk.bind('p:h5')).toMatchObject({ start: SEQ_ZERO, behind: true });
  expect(desk.read('p:h5')).toEqual([1]);
});

test('a client that brings a cursor was seen before: it resumes there although its scope is forgotten', () => {
  const desk = new Desk();
  desk.bind('p:ios', { platform: 'ios' });
  for (const number of [1, 2, 3]) desk.append(number);
  desk.advance('p:ios', 3, 'ios');
  expect(desk.bind('d:x', { cursor: seq(1) })).toMatchObject({ start: seq(1), behind: true });
  expect(desk.read('d:x', 1)).toEqual([2, 3]);
});

test("a client's cursor is an acknowledgement that came late: it moves its scope and answers what was passed by it", () => {
  const desk = new Desk();
  desk.bind('d:x');
  for (const number of [1, 2, 3]) desk.append(number);
  const answer = desk.bind('d:x', { cursor: seq(2) });
  expect(answer.start).toBe(seq(2));
  expect(answer.passed.map((left) => left.seq)).toEqual([seq(1), seq(2)]);
});

test("a client's cursor above everything in the inbox is ignored", () => {
  const desk = new Desk();
  desk.bind('d:x');
  desk.append(1);
  expect(desk.bind('d:x', { cursor: 'f'.repeat(22) })).toMatchObject({ start: SEQ_ZERO, behind: true });
  expect(desk.scope('d:x')?.cursor).toBe(SEQ_ZERO);
});

test('a session is not believed to have acknowledged more than it was sent', () => {
  const desk = new Desk();
  desk.bind('d:x');
  for (const number of [1, 2, 3]) desk.append(number);
  desk.bind('d:x', { repeat: true, enqueued: seq(1), cursor: seq(3) });
  expect(desk.scope('d:x')?.cursor).toBe(seq(1));
});

test('a cursor only grows, and not past the end of the inbox', () => {
  const desk = new Desk();
  desk.bind('d:x');
  for (const number of [1, 2, 3]) desk.append(number);
  expect(desk.advance('d:x', 2)).toEqual([1, 2]);
  expect(desk.advance('d:x', 1)).toEqual([]);
  expect(desk.scope('d:x')?.cursor).toBe(seq(2));
  expect(desk.advance('d:x', 9)).toEqual([3]);
  expect(desk.scope('d:x')?.cursor).toBe(seq(3));
  expect(desk.append(4)).toMatchObject({ outcome: 'new' });
  expect(desk.read('d:x', 3)).toEqual([4]);
});

test('what a scope passed is answered once, without what does not address it', () => {
  const desk = new Desk();
  desk.bind('d:x');
  desk.append(1);
  desk.append(2, { platforms: ['ios'] });
  desk.append(3, { device_ids: ['x', 'y'] });
  desk.append(4, { device_ids: ['y'] });
  expect(desk.advance('d:x', 4)).toEqual([1, 3]);
  expect(desk.advance('d:x', 4)).toEqual([]);
});

test('resumed is false only when something past the cursor of the client was evicted or expired', () => {
  const desk = new Desk({ entriesMax: 2 });
  desk.bind('d:x');
  for (const number of [1, 2, 3]) desk.append(number);
  expect(desk.bind('d:x', { cursor: seq(1) }).resumed).toBe(true);
  desk.append(4);
  expect(desk.bind('d:x', { cursor: seq(1) }).resumed).toBe(false);
  expect(desk.bind('d:x', { cursor: seq(2) }).resumed).toBe(true);
  desk.append(5, { expires_at: desk.now + 5 });
  desk.now += 5;
  expect(desk.bind('d:x', { cursor: seq(3) }).resumed).toBe(false);
});

test('an entry that was passed and has left is no gap', () => {
  const desk = new Desk();
  desk.bind('d:x');
  desk.append(1);
  desk.advance('d:x', 1);
  desk.now += HOLD;
  desk.append(2);
  expect(desk.inbox.gap).toBe(SEQ_ZERO);
});

test('at most eight scopes: the longest unused is forgotten, never the one that comes', () => {
  const desk = new Desk();
  for (let i = 0; i < 8; i++) {
    desk.now += 1;
    desk.bind(`d:${i}`);
  }
  desk.now += 1;
  desk.bind('d:0');
  desk.now += 1;
  desk.bind('d:new');
  expect(desk.inbox.scopes).toHaveLength(8);
  expect(desk.scope('d:1')).toBeUndefined();
  expect(desk.scope('d:0')).toBeDefined();
  expect(desk.scope('d:new')).toBeDefined();
});

test('a scope without a session for a week holds nothing back', () => {
  const desk = new Desk();
  desk.bind('d:old');
  desk.now += WEEK;
  desk.bind('d:x');
  desk.append(1, LONG);
  desk.advance('d:x', 1);
  desk.now += HOLD;
  desk.append(2, LONG);
  expect(desk.held()).toEqual([2]);
});

test('but passes nothing either: what came while everybody was away for weeks is still there', () => {
  const desk = new Desk();
  desk.bind('d:old');
  desk.now += 2 * WEEK;
  desk.append(1, LONG);
  desk.now += 2 * WEEK;
  desk.append(2, LONG);
  expect(desk.bind('d:old')).toMatchObject({ behind: true });
  expect(desk.read('d:old')).toEqual([1, 2]);
});

test('a session that logged in while state was away gets what others passed since', () => {
  const desk = new Desk();
  desk.bind('p:ios', { platform: 'ios' });
  desk.append(1, { message_id: messageId(1, START - 10) });
  desk.append(2, { message_id: messageId(2, START + 10) });
  desk.advance('p:ios', 2, 'ios');
  expect(desk.bind('p:h5', { since: START })).toMatchObject({ start: seq(1), behind: true });
  expect(desk.read('p:h5', 1)).toEqual([2]);
});

test('also when a session of its own scope passed it', () => {
  const desk = new Desk();
  desk.bind('p:h5');
  desk.append(1, { message_id: messageId(1, START - 10) });
  desk.append(2, { message_id: messageId(2, START + 10) });
  desk.advance('p:h5', 2);
  expect(desk.bind('p:h5')).toMatchObject({ start: seq(2), behind: false });
  expect(desk.bind('p:h5', { since: START })).toMatchObject({ start: seq(1), behind: true });
});

test('a bind is recorded once per incarnation, by its newest ring version', () => {
  const desk = new Desk();
  desk.bind('p:h5', { bind: { node: 'n1', incarnation: 'i1', ring_version: 4 } });
  desk.bind('p:h5', { bind: { node: 'n1', incarnation: 'i1', ring_version: 3 } });
  const { binds } = desk.bind('p:h5', { bind: { node: 'n1', incarnation: 'i2', ring_version: 5 } });
  expect(binds).toEqual([
    { node: 'n1', incarnation: 'i1', ring_version: 4 },
    { node: 'n1', incarnation: 'i2', ring_version: 5 },
  ]);
});

test('records of nodes are bounded: that of the oldest ring goes', () => {
  const desk = new Desk({ bindsMax: 2 });
  for (const version of [3, 1, 2]) {
    desk.bind('p:h5', { bind: { node: `n${version}`, incarnation: 'i', ring_version: version } });
  }
  expect(desk.inbox.binds.map((bind) => bind.node)).toEqual(['n3', 'n2']);
});

test('a late entry below a cursor counts as passed: redelivered after state lost it, it was seen', () => {
  const desk = new Desk();
  desk.bind('d:x');
  desk.append(1);
  desk.append(3);
  desk.advance('d:x', 3);
  desk.append(2);
  desk.now += HOLD;
  desk.append(4);
  expect(desk.held()).toEqual([4]);
  expect(maxSeq(desk.inbox.floor, SEQ_ZERO)).toBe(seq(3));
});
