// The log keeps the newest thousand frames in order, and finds what is asked for.
import { describe, expect, test } from 'vitest';
import { FRAMES_MAX, type Frame, FrameLog, filtered, pretty, readFrame } from './frames.ts';

const add = (log: FrameLog, text: string, direction: Frame['direction'] = 'in') =>
  log.add({ at: 5, direction, kind: readFrame(text).kind, text });

describe('the log', () => {
  test('keeps the newest thousand, oldest first, however many came', () => {
    const log = new FrameLog();
    for (let i = 1; i <= FRAMES_MAX * 2 + 7; i++) add(log, String(i));
    const kept = log.list();
    expect(kept).toHaveLength(FRAMES_MAX);
    expect([kept[0]?.n, kept.at(-1)?.n]).toEqual([FRAMES_MAX + 8, FRAMES_MAX * 2 + 7]);
    for (const [i, frame] of kept.entries()) if (i > 0) expect(frame.n).toBe((kept[i - 1]?.n ?? 0) + 1);
    expect(log.dropped).toBe(FRAMES_MAX + 7);
  });

  test('hands out the same list until something is added, so that a page draws only what is new', () => {
    const log = new FrameLog();
    add(log, 'a');
    const list = log.list();
    expect(log.list()).toBe(list);
    add(log, 'b');
    expect(log.list()).not.toBe(list);
    expect(list).toHaveLength(1);
    log.clear();
    expect([log.list(), log.dropped]).toEqual([[], 0]);
  });

  test('counts bytes as they go over the wire', () => {
    const log = new FrameLog();
    expect(add(log, '维护😀').bytes).toBe(10);
    expect(add(log, 'open', 'event').bytes).toBe(0);
  });
});

test.each([
  ['{"cmd":"LOGIN","data":{"appKey":"a"}}', 'LOGIN'],
  ['{"cmd":"RESPONSE","type":"MESSAGE","data":{"seq":"1"}}', 'MESSAGE'],
  ['{"cmd":"RESPONSE"}', '?'],
  ['{"cmd":5}', '?'],
  ['[1]', '?'],
  ['null', '?'],
  ['not json', '?'],
])('%s is of kind %s', (text, kind) => {
  expect(readFrame(text).kind).toBe(kind);
  expect(readFrame(text).data).toBeTypeOf('object');
});

test('the filter looks into kind and text, and can leave out heartbeats and directions', () => {
  const log = new FrameLog();
  add(log, '{"cmd":"HEARTBEAT"}', 'out');
  add(log, '{"cmd":"RESPONSE","type":"MESSAGE","data":{"title":"维护"}}');
  add(log, '{"cmd":"ACK","data":{"seq":"abc"}}', 'out');
  const kinds = (filter: Parameters<typeof filtered>[1]) => filtered(log.list(), filter).map(({ kind }) => kind);
  expect(filtered(log.list(), { direction: 'all', text: ' ', heartbeats: true })).toBe(log.list());
  expect(kinds({ direction: 'all', text: '', heartbeats: false })).toEqual(['MESSAGE', 'ACK']);
  expect(kinds({ direction: 'out', text: '', heartbeats: true })).toEqual(['HEARTBEAT', 'ACK']);
  expect(kinds({ direction: 'all', text: '维护', heartbeats: true })).toEqual(['MESSAGE']);
  expect(kinds({ direction: 'all', text: 'ack', heartbeats: true })).toEqual(['ACK']);
});

test('JSON is indented for reading, anything else stays as it is', () => {
  expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(pretty('{broken')).toBe('{broken');
});
