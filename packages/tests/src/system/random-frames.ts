// Frames that no sane client sends: commands with mutated fields, broken texts, binary, fragments, control frames, nonsense.
import type WebSocket from 'ws';
import type { Random } from './random.ts';
import { damaged, mutated, nested, nestedText } from './random-bodies.ts';

const FRAME_BYTES_MAX = 65_536;

/** The device that a person has used before; a LOGIN that succeeds by chance may name no new one: devices are rows. */
export function deviceOf(person: number): string {
  return `dev-${person}`;
}

/** Sends one frame; `person` is who the socket belongs to. */
export function sendRandomFrame(random: Random, socket: WebSocket, person: number): void {
  const text = JSON.stringify(withKnownDevice(mutated(random, command(random, person)), person)) ?? '';
  const kind = random.int(12);
  if (kind === 0) socket.send(random.bytes(random.int(300)), { binary: true });
  else if (kind === 1) socket.send(Buffer.from(text), { binary: true });
  else if (kind === 2) socket.send(harmless(damaged(random, text).toString('latin1')));
  else if (kind === 3)
    socket.send(nestedText(random.pick([100, 5000, 10_000]), random.next() < 0.5).slice(0, FRAME_BYTES_MAX));
  else if (kind === 4) socket.ping(random.bytes(random.int(126)));
  else if (kind === 5) socket.pong(random.bytes(random.int(126)));
  else if (kind === 6) {
    socket.send(text.slice(0, text.length >> 1), { fin: false });
    socket.send(text.slice(text.length >> 1), { fin: true });
  } else if (kind === 7) sendRareFrame(random, socket);
  else socket.send(text.slice(0, FRAME_BYTES_MAX / 3));
}

/** Bytes that are no UTF-8 and frames that are too big rightly close the socket: seldom, so that the rest is heard. */
function sendRareFrame(random: Random, socket: WebSocket): void {
  const chance = random.next();
  if (chance < 0.05) socket.send(random.bytes(50), { binary: false });
  else if (chance < 0.1) socket.send('x'.repeat(70_000));
  else socket.send(JSON.stringify(nested(200, true)));
}

function command(random: Random, person: number): unknown {
  // Of persons 0 and 1, who have used theirs before.
  const stranger = deviceOf(person === 0 ? 1 : 0);
  return random.pick([
    { cmd: 'LOGIN', token: '', data: { appKey: 'demo', platform: 'h5', device_id: deviceOf(person), ack: true } },
    { cmd: 'LOGIN', token: '', data: { appKey: 'demo', platform: 'x\ud800', device_id: stranger } },
    { cmd: 'LOGIN', token: '', data: { appKey: 'nobody', platform: 'h5', cursor: '0001000000000000000000' } },
    { cmd: 'HEARTBEAT', data: { seq: '0001000000000000000000', cursor: '9999999999999999999999' } },
    { cmd: 'ACK', data: { seq: '9999999999999999999999' } },
    { CMD: 'ack', Data: { SEQ: 1 } },
  ]);
}

function withKnownDevice(value: unknown, person: number): unknown {
  const text = JSON.stringify(value);
  if (text === undefined) return value;
  return JSON.parse(text, (name, inner) => {
    const isNew = /^device_id$/i.test(name) && typeof inner !== 'object' && !/^dev-\d+$/.test(String(inner));
    return isNew ? deviceOf(person) : inner;
  });
}

/** A damaged text that still reads as a LOGIN could name a new device. */
function harmless(text: string): string {
  return /device_id/i.test(text) ? text.replaceAll('"', "'") : text;
}
