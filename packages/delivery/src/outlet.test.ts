import { SEQ_ZERO } from '@message-push/protocol';
import { expect, test } from 'vitest';
import { seq } from './fixture.ts';
import {
  nextBind,
  type Outlet,
  onAck,
  onDown,
  onOnlineOnlyDown,
  onOutletBound,
  onWritten,
  openOutlet,
} from './outlet.ts';

function boundAt(number: number): Outlet {
  const outlet = openOutlet();
  onOutletBound(outlet, nextBind(outlet), seq(number), true);
  return outlet;
}

test('a frame that is not past the last one enqueued is dropped', () => {
  const outlet = boundAt(1);
  expect(onDown(outlet, 1, seq(2))).toBe(true);
  expect(onDown(outlet, 1, seq(2))).toBe(false);
  expect(onDown(outlet, 1, seq(1))).toBe(false);
  expect(onDown(outlet, 1, seq(4))).toBe(true);
});

test('from the next BIND on, frames of the bind before are void', () => {
  const outlet = boundAt(1);
  nextBind(outlet);
  expect(onDown(outlet, 1, seq(2))).toBe(false);
  expect(onDown(outlet, 2, seq(2))).toBe(true);
  expect(onOutletBound(outlet, 1, seq(9), true)).toBe(false);
});

test('the start of the first bind counts as enqueued, written and acknowledged: a move does not go back behind it', () => {
  const outlet = openOutlet(seq(9));
  onOutletBound(outlet, nextBind(outlet), seq(4), true);
  expect(outlet).toMatchObject({ attached: true, enqueued: seq(4), written: seq(4), acked: seq(4) });
});

test('a later bind changes no position', () => {
  const outlet = boundAt(1);
  onDown(outlet, 1, seq(5));
  onOutletBound(outlet, nextBind(outlet), seq(8), true);
  expect(outlet).toMatchObject({ enqueued: seq(5), written: seq(1), acked: seq(1) });
});

test('a session that was only taken, while state was away, is not attached: its next bind is a first one', () => {
  const outlet = openOutlet(seq(3));
  expect(onOutletBound(outlet, nextBind(outlet), SEQ_ZERO, false)).toBe(true);
  expect(outlet).toMatchObject({ attached: false, enqueued: SEQ_ZERO, acked: seq(3) });
});

test('an acknowledgement above what was enqueued is ignored, one that is older changes nothing', () => {
  const outlet = boundAt(1);
  onDown(outlet, 1, seq(3));
  expect(onAck(outlet, seq(4))).toBe(false);
  expect(onAck(outlet, seq(3))).toBe(true);
  expect(onAck(outlet, seq(2))).toBe(false);
  expect(outlet.acked).toBe(seq(3));
});

test('what was written only grows', () => {
  const outlet = boundAt(1);
  expect(onWritten(outlet, seq(3))).toBe(true);
  expect(onWritten(outlet, seq(2))).toBe(false);
  expect(outlet.written).toBe(seq(3));
});

test('a message without a place passes on the present bind, whatever is enqueued', () => {
  const outlet = boundAt(7);
  expect(onDown(outlet, 1, SEQ_ZERO)).toBe(true);
  expect(outlet.enqueued).toBe(seq(7));
  expect(onDown(outlet, 0, SEQ_ZERO)).toBe(false);
});

test('an online-only message goes at most once, also when both nodes of a move send it', () => {
  const outlet = boundAt(7);
  expect(onOnlineOnlyDown(outlet, 1, seq(3))).toBe(true);
  nextBind(outlet);
  expect(onOnlineOnlyDown(outlet, 1, seq(4))).toBe(false);
  expect(onOnlineOnlyDown(outlet, 2, seq(3))).toBe(false);
  expect(onOnlineOnlyDown(outlet, 2, seq(4))).toBe(true);
  expect(outlet.enqueued).toBe(seq(7));
});
