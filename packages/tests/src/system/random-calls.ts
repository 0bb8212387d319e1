// Requests to every public endpoint with random bodies, queries and headers; none of them can store anything.
import type { Random } from './random.ts';
import { damaged, mutated, nestedText, oddValue } from './random-bodies.ts';

export interface Call {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body?: Buffer | string;
  /** Cannot be valid, and must not be taken for it. */
  mustFail: boolean;
}

/** A request with the right credential and most other things wrong. */
export function randomCall(random: Random, authorization: string): Call {
  const headers: Record<string, string> = { authorization, 'content-type': 'application/json' };
  if (random.next() < 0.1)
    headers['content-type'] = random.pick(['text/plain', 'application/json; charset=utf-16', 'application/x', '*/*']);
  if (random.next() < 0.1) headers['idempotency-key'] = random.pick(['', 'k', 'k'.repeat(300), '\u00ff', '__proto__']);
  if (random.next() < 0.2) headers['accept-language'] = random.pick(['zh-CN', '*', ';;q=', 'en;q=2', ','.repeat(99)]);
  const post = (path: string, valid: unknown, mustFail: boolean): Call => ({
    method: 'POST',
    path,
    headers,
    body: bodyOf(random, valid, mustFail),
    mustFail,
  });
  switch (random.int(10)) {
    case 0:
      return { method: 'GET', path: `/pushes?${randomQuery(random)}`, headers, mustFail: false };
    case 1:
      return post('/push/validate', validPush(random), false);
    case 2:
      return post('/push/batch', { pushes: Array.from({ length: random.int(5) + 1 }, () => broken(random)) }, false);
    case 3:
      return post('/users/presence', { uids: ['r1', 2, 'x'] }, false);
    case 4:
      return post('/tokens', { uid: 'r1', platform: 'pc', ttl_s: 60, device_id: 'd' }, false);
    case 5:
      // A uid would be a revocation, which is a row.
      return {
        ...post('/tokens/revoke', {}, true),
        body: JSON.stringify({ token: oddValue(random) ?? 1 }),
        mustFail: true,
      };
    case 6:
      return post(
        `/users/${random.pick(['nobody', '%00', '%F0%9F%98%80', '__proto__', '%'])}/disconnect`,
        { session_id: 'x' },
        false,
      );
    default:
      return post(random.pick(['/push', '/push/', '/push?x=1']), validPush(random), true);
  }
}

function validPush(random: Random): Record<string, unknown> {
  return {
    push_method: 1,
    platform: random.pick(['all', 'h5', 'ios,android', '']),
    audience: { uids: ['x1', 2], device_ids: ['none'] },
    message: { title: 't', content: 'c', content_type: 'text', extras: '{"a":1}' },
    options: { ttl_s: 0 },
  };
}

/** A push that is mutated and can never be valid: push_method is a value no change of a byte makes a 1. */
function broken(random: Random): unknown {
  const push = mutated(random, validPush(random));
  if (typeof push !== 'object' || push === null || Array.isArray(push)) return push;
  return Object.fromEntries([
    ...Object.entries(push),
    ['push_method', random.pick([null, {}, [], 'one', 22, -7, true])],
  ]);
}

function bodyOf(random: Random, valid: unknown, mustFail: boolean): Buffer | string {
  const chance = random.next();
  if (chance < 0.1) return random.bytes(random.int(400));
  if (chance < 0.13) return nestedText(random.pick([100, 5000, 50_000]), random.next() < 0.5);
  if (chance < 0.14) return 'x'.repeat(300_000);
  const value = mustFail && isPush(valid) ? broken(random) : mutated(random, valid);
  const text = JSON.stringify(value) ?? '';
  // The huge number is no value of JavaScript: it can only be written.
  const spelled = random.next() < 0.1 ? text.replace(/\d+/, '1e4000') : text;
  if (chance < 0.4) return damaged(random, spelled);
  return spelled;
}

function isPush(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'push_method' in value;
}

function randomQuery(random: Random): string {
  const names = ['uid', 'from', 'to', 'status', 'cursor', 'limit', '__proto__', 'x'];
  return Array.from({ length: random.int(4) }, () => {
    const value = oddValue(random);
    const text = typeof value === 'string' ? value.toWellFormed().slice(0, 300) : String(random.int(1e15));
    return `${random.pick(names)}=${random.next() < 0.2 ? '%zz' : encodeURIComponent(text)}`;
  }).join('&');
}
