import { SEQ_ZERO } from '@message-push/protocol';
import { expect, test } from 'vitest';
import { seq } from './fixture.ts';
import {
  onBound,
  onDelivery,
  onOnlineOnly,
  onPulled,
  onPullFailed,
  onRecordedAgain,
  type Reader,
  startReader,
  wantsPull,
} from './reader.ts';

const ROOM = 1000;
const entry = (number: number) => ({ seq: seq(number) });

function readerAt(number: number): Reader {
  const reader = startReader(SEQ_ZERO);
  onBound(reader, seq(number), false, ROOM);
  return reader;
}

test('a delivery that is not past the position is dropped', () => {
  const reader = readerAt(5);
  expect(onDelivery(reader, seq(4), seq(5), true, ROOM)).toBe('drop');
  expect(onDelivery(reader, seq(1), seq(2), true, ROOM)).toBe('drop');
  expect(reader.position).toBe(seq(5));
});

test('a delivery with nothing missing before it is sent and moves the position', () => {
  const reader = readerAt(5);
  expect(onDelivery(reader, seq(5), seq(7), true, ROOM)).toBe('send');
  expect(onDelivery(reader, seq(4), seq(8), true, ROOM)).toBe('send');
  expect(reader.position).toBe(seq(8));
});

test('a delivery with something missing before it starts a pull and is not sent', () => {
  const reader = readerAt(5);
  expect(onDelivery(reader, seq(6), seq(7), true, ROOM)).toBe('pull');
  expect(reader.position).toBe(seq(5));
  expect(onPulled(reader, { entries: [entry(6), entry(7)], upTo: seq(7), more: false })).toHaveLength(2);
  expect(onDelivery(reader, seq(7), seq(8), true, ROOM)).toBe('send');
});

test('an entry that a filter keeps from the session moves its position', () => {
  const reader = readerAt(5);
  expect(onDelivery(reader, seq(5), seq(6), false, ROOM)).toBe('drop');
  expect(onDelivery(reader, seq(6), seq(7), true, ROOM)).toBe('send');
  expect(onDelivery(reader, seq(7), seq(8), false, 0)).toBe('drop');
  expect(reader).toMatchObject({ position: seq(8), behind: false });
});

test('what comes while a bind is under way is fetched when it is answered', () => {
  const reader = startReader(SEQ_ZERO);
  expect(onDelivery(reader, seq(3), seq(4), true, ROOM)).toBe('drop');
  expect(onBound(reader, seq(3), false, ROOM)).toBe(true);
  expect(reader.busy).toBe(true);
});

test('what comes while a pull is under way is neither sent twice nor missed', () => {
  const reader = readerAt(5);
  onDelivery(reader, seq(6), seq(7), true, ROOM);
  expect(onDelivery(reader, seq(7), seq(8), true, ROOM)).toBe('drop');
  onPulled(reader, { entries: [entry(6), entry(7)], upTo: seq(7), more: false });
  expect(wantsPull(reader, ROOM)).toBe(true);
  expect(onPulled(reader, { entries: [entry(8)], upTo: seq(8), more: false })).toEqual([entry(8)]);
  expect(wantsPull(reader, ROOM)).toBe(false);
});

test('a pull goes on while there is more', () => {
  const reader = readerAt(1);
  onDelivery(reader, seq(3), seq(4), true, ROOM);
  onPulled(reader, { entries: [entry(2)], upTo: seq(2), more: true });
  expect(wantsPull(reader, ROOM)).toBe(true);
});

test('a session without room is sent nothing until some is written, then it catches up', () => {
  const reader = readerAt(5);
  expect(onDelivery(reader, seq(5), seq(6), true, 0)).toBe('drop');
  expect(onDelivery(reader, seq(6), seq(7), true, ROOM)).toBe('pull');
  const slow = readerAt(5);
  onDelivery(slow, seq(5), seq(6), true, 0);
  expect(wantsPull(slow, 0)).toBe(false);
  expect(wantsPull(slow, 1)).toBe(true);
  expect(wantsPull(slow, 1)).toBe(false);
});

test('a session that is behind is served from the inbox, even by a post that would fit', () => {
  const reader = readerAt(1);
  onDelivery(reader, seq(3), seq(4), true, ROOM);
  onPulled(reader, { entries: [entry(2)], upTo: seq(2), more: true });
  expect(onDelivery(reader, seq(2), seq(3), true, 0)).toBe('drop');
  expect(onDelivery(reader, seq(2), seq(3), true, ROOM)).toBe('pull');
  expect(reader.position).toBe(seq(2));
});

test('a pull that failed is tried again', () => {
  const reader = readerAt(5);
  onDelivery(reader, seq(6), seq(7), true, ROOM);
  onPullFailed(reader);
  expect(wantsPull(reader, ROOM)).toBe(true);
});

test('a pull sends nothing that is not past the position', () => {
  const reader = readerAt(5);
  onDelivery(reader, seq(6), seq(7), true, ROOM);
  expect(onPulled(reader, { entries: [entry(5), entry(6)], upTo: seq(6), more: false })).toEqual([entry(6)]);
});

test('a session recorded again keeps its position and fetches what it missed', () => {
  const reader = readerAt(5);
  expect(onRecordedAgain(reader, false, ROOM)).toBe(false);
  expect(onRecordedAgain(reader, true, ROOM)).toBe(true);
  expect(reader.position).toBe(seq(5));
});

test('an online-only message is sent whatever the position is, but once', () => {
  const reader = readerAt(9);
  expect(onOnlineOnly(reader, seq(3))).toBe(true);
  expect(onOnlineOnly(reader, seq(3))).toBe(false);
  expect(onOnlineOnly(reader, seq(4))).toBe(true);
  expect(reader.position).toBe(seq(9));
});
