// The inboxes on Redis: each call is one script on the keys of one receiver. The rules are in lua/, the same as in packages/delivery.
import {
  type AppendOutcome,
  type AppendResult,
  type Bind,
  type BindAnswer,
  type BindRequest,
  deviceOf,
  type Left,
} from '@message-push/delivery';
import { ApiError } from '@message-push/protocol';
import { type Clock, type Metrics, tally } from '@message-push/runtime';
import type { AppendEntry, Inboxes, Receiver } from '../index.ts';
import { BodyStore, type BodyText } from './bodies.ts';
import type { Lane } from './lane.ts';
import { RECORD_CHARS } from './layout.ts';
import { allOf, numberOf, textOf, textsOf } from './replies.ts';
import type { Script } from './scripts.ts';
import { type RedisStore, tagOf } from './store.ts';

const SEQ_CHARS = 22;
const LEFT_CHARS = SEQ_CHARS + 32;
const OUTCOMES: Record<string, AppendOutcome> = { n: 'new', h: 'held', g: 'gone', a: 'again' };

export interface InboxesOptions {
  clock: Clock;
  metrics?: Metrics | undefined;
  /** A body over 1 KB is stored once for so many receivers or more of one call. */
  sharedReceiversMin: number;
}

export function redisInboxes(store: RedisStore, options: InboxesOptions): Inboxes {
  const { clock, metrics } = options;
  const bodies = new BodyStore(store, options);
  const count = counted(metrics);
  const run = (script: Script, to: Receiver, args: string[]) => {
    const tag = tagOf(to.app, to.uid);
    return store.run(script, tag, keysOf(store, tag), [timeText(clock.now()), ...args]);
  };
  const { scripts } = store;

  return {
    append: async (calls) => {
      const results = await appendAll(store, bodies, calls, clock.now());
      count(results);
      return results;
    },
    binds: async (receivers) => {
      store.check();
      return allOf(receivers.map(async (to) => bindsOf(textOf(await run(scripts.binds, to, [])))));
    },
    bind: async (to, request) => bindAnswer(textsOf(await run(scripts.bind, to, bindArgs(request)))),
    pull: async (to, { scope, platform, after, bytesMax }) => {
      const reply = await run(scripts.pull, to, [scope, platform, after, String(bytesMax)]);
      return bodies.read(textsOf(reply), clock.now());
    },
    advance: (calls) =>
      allOf(
        calls.map(async (call) => {
          const reply = await run(scripts.advance, call, [call.scope, call.platform, call.cursor]);
          return { passed: leftOf(textOf(reply)) };
        }),
      ),
    unbind: async (calls) => {
      await allOf(calls.map((call) => run(scripts.unbind, call, [call.node, call.incarnation, optional(call.serial)])));
    },
    revokeBefore: async (to, epochS) => {
      await run(scripts.revokeBefore, to, [String(epochS)]);
    },
    recall: (calls) =>
      allOf(calls.map(async (call) => numberOf(await run(scripts.recall, call, [call.message_id])) === 1)),
    erase: async (to) => {
      const scopes = textsOf(await run(scripts.erase, to, []));
      return { devices: scopes.map(deviceOf).filter((device) => device !== undefined) };
    },
  };
}

/** What one receiver gets by one call: one script, so that nothing is stored behind an entry that is not. */
interface Delivery {
  tag: string;
  lane: Lane;
  /** Indices of its entries in the call. */
  places: number[];
}

async function appendAll(
  store: RedisStore,
  bodies: BodyStore,
  calls: (Receiver & { entry: AppendEntry })[],
  now: number,
): Promise<AppendResult[]> {
  const deliveries = new Map<string, Delivery>();
  const lanes: Lane[] = [];
  for (const [place, { app, uid }] of calls.entries()) {
    const tag = tagOf(app, uid);
    let delivery = deliveries.get(tag);
    if (delivery === undefined) {
      delivery = { tag, lane: store.routes.laneOf(tag), places: [] };
      deliveries.set(tag, delivery);
    }
    delivery.places.push(place);
    lanes.push(delivery.lane);
  }
  const { texts, written } = bodies.write(calls, lanes, now);
  const results: AppendResult[] = [];
  const appended = [...deliveries.values()].map(async ({ tag, lane, places }) => {
    const args = [timeText(now)];
    for (const place of places) appendArgs(args, calls[place]?.entry, texts[place]);
    const reply = textsOf(await store.runOn(lane, store.scripts.append, keysOf(store, tag), args));
    const binds = reply[0] ?? '[]';
    for (const [i, place] of places.entries()) results[place] = appendResult(reply[i + 1] ?? '', binds);
  });
  await allOf([written, ...appended]);
  return results;
}

/** The arguments of one entry: record, extras, body. */
function appendArgs(args: string[], entry: AppendEntry | undefined, body: BodyText | undefined): void {
  if (entry === undefined || body === undefined) throw new RangeError('an entry has no body');
  const { seq, message_id, expires_at, platforms, device_ids, again } = entry;
  const isFiltered = platforms !== undefined || device_ids !== undefined;
  const bytes = String(body.bytes).padStart(8, '0');
  const record = `${seq}${message_id}${bytes}${timeText(expires_at)}${timeText(0)}${isFiltered ? '1' : '0'}`;
  if (record.length !== RECORD_CHARS) throw new RangeError(`an entry's sequence, id or time is not valid: ${record}`);
  const extras = isFiltered ? JSON.stringify({ p: platforms, d: device_ids }) : '';
  args.push(record, again === true ? `a${extras}` : extras, body.text);
}

function appendResult(text: string, binds: string): AppendResult {
  const outcome = OUTCOMES[text.charAt(0)];
  if (outcome === undefined) throw new ApiError('STATE_UNAVAILABLE', { cause: new Error('Redis answered nonsense') });
  const prev = text.slice(1, 1 + SEQ_CHARS);
  return { outcome, prev, binds: bindsOf(binds), evicted: leftOf(text.slice(1 + SEQ_CHARS)) };
}

function bindArgs({ bind, ...request }: BindRequest): string[] {
  return [
    bind.node,
    bind.incarnation,
    String(bind.ring_version),
    optional(bind.serial),
    request.scope,
    request.platform,
    request.repeat ? '1' : '0',
    request.enqueued,
    request.cursor,
    String(request.issued_at),
    optional(request.since),
  ];
}

function bindAnswer([revoked, start = '', behind, resumed, binds = '[]', passed = '']: string[]): BindAnswer {
  return {
    revoked: revoked === '1',
    start,
    behind: behind === '1',
    resumed: resumed === '1',
    binds: bindsOf(binds),
    passed: leftOf(passed),
  };
}

function keysOf(store: RedisStore, tag: string): string[] {
  return [store.key('i', tag), store.key('e', tag), store.key('b', tag)];
}

function bindsOf(json: string): Bind[] {
  return json === '[]' ? [] : JSON.parse(json);
}

/** Sequences and message ids in a row. */
function leftOf(text: string): Left[] {
  const list: Left[] = [];
  for (let at = 0; at < text.length; at += LEFT_CHARS)
    list.push({ seq: text.slice(at, at + SEQ_CHARS), message_id: text.slice(at + SEQ_CHARS, at + LEFT_CHARS) });
  return list;
}

/** Times are compared as text. */
function timeText(ms: number): string {
  return String(ms).padStart(15, '0');
}

function optional(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}

function counted(metrics: Metrics | undefined): (results: AppendResult[]) => void {
  if (metrics === undefined) return () => undefined;
  const help = 'Entries offered to inboxes, by what became of them';
  const ofOutcome = (outcome: AppendOutcome) => tally(metrics, 'mp_state_appends_total', help, { outcome });
  const appended = {
    new: ofOutcome('new'),
    held: ofOutcome('held'),
    gone: ofOutcome('gone'),
    again: ofOutcome('again'),
  } satisfies Record<AppendOutcome, unknown>;
  const evictions = tally(
    metrics,
    'mp_state_evictions_total',
    'Entries that left a full inbox before they were passed',
  );
  return (results) => {
    for (const { outcome, evicted } of results) {
      appended[outcome].inc();
      if (evicted.length > 0) evictions.inc(evicted.length);
    }
  };
}
