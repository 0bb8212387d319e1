// Request bodies that no sane caller sends: valid structures with mutated fields, broken texts, random bytes.
import type { Random } from './random.ts';

/** What is put where something else belongs. */
export function oddValue(random: Random): unknown {
  switch (random.int(18)) {
    case 0:
      return null;
    case 1:
      return random.next() < 0.5;
    case 2:
      return random.pick([0, -0, -1, 1.5, 1e308, -1e308, 5e-324, 2 ** 53, 2 ** 32]);
    case 3:
      return random.int(1_000_000);
    case 4:
      return random.pick(['', ' ', '\0', '\u2028', '\ufeff', '\u202e', 'null', '1e999', '%00', '../../etc/passwd']);
    case 5:
      return random.pick(['\ud800', '\udc00x', 'x\ud83d', '😀', '𝒳'.repeat(40), '中文'.repeat(30)]);
    case 6:
      return random.pick(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', '$where', "'; --"]);
    case 7:
      return 'x'.repeat(random.pick([63, 64, 65, 128, 129, 256, 257, 4096, 4097, 16_384, 16_385]));
    case 8:
      return [];
    case 9:
      return {};
    case 10:
      return Array.from({ length: random.int(5) }, () => oddValue(random));
    case 11:
      return Array.from({ length: random.pick([999, 1000, 1001, 3000]) }, (_, i) => i);
    case 12:
      return Object.fromEntries([
        ['__proto__', oddValue(random)],
        ['constructor', { prototype: { polluted: true } }],
      ]);
    case 13:
      return nested(random.int(300), random.next() < 0.5);
    case 14:
      return new Date(random.int(2_000_000_000_000)).toISOString();
    case 15:
      return random.bytes(random.int(40)).toString('latin1');
    case 16:
      return undefined;
    default:
      return { toString: 'x', valueOf: 1, toJSON: 2, length: random.pick([1e9, { toString: 1, valueOf: 'x' }]) };
  }
}

/** Sets up to four places of a structure to something else. */
export function mutated(random: Random, value: unknown): unknown {
  let result = structuredClone(value);
  for (let changes = random.int(4) + 1; changes > 0; changes--) result = mutatedOnce(random, result);
  return result;
}

function mutatedOnce(random: Random, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || random.next() < 0.15) return oddValue(random);
  if (Array.isArray(value)) {
    const at = random.int(value.length + 1);
    return value.toSpliced(at, at < value.length ? 1 : 0, mutatedOnce(random, value[at]));
  }
  const entries = Object.entries(value);
  if (entries.length === 0 || random.next() < 0.2)
    return Object.fromEntries([...entries, [oddName(random), oddValue(random)]]);
  const [name, old] = random.pick(entries);
  return Object.fromEntries(entries.map((entry) => (entry[0] === name ? [name, mutatedOnce(random, old)] : entry)));
}

function oddName(random: Random): string {
  return random.pick(['__proto__', 'constructor', 'uid', 'UIDS', '', ' ', 'x'.repeat(300), '\ud800', 'a.b[0]', 'then']);
}

/** A JSON text with a few bytes changed, cut, doubled or put in. */
export function damaged(random: Random, text: string): Buffer {
  let bytes = Buffer.from(text);
  for (let changes = random.int(3) + 1; changes > 0 && bytes.length > 0; changes--) {
    const at = random.int(bytes.length);
    switch (random.int(4)) {
      case 0:
        bytes[at] = random.int(256);
        break;
      case 1:
        bytes = bytes.subarray(0, at);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), random.bytes(random.int(8) + 1), bytes.subarray(at)]);
        break;
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at >> 1)]);
    }
  }
  return bytes;
}

/** `depth` arrays or objects inside one another. */
export function nested(depth: number, objects: boolean): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = objects ? { a: value } : [value];
  return value;
}

/** The same as a text, for depths at which JSON.stringify would give up. */
export function nestedText(depth: number, objects: boolean): string {
  return objects ? `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}` : `${'['.repeat(depth)}${']'.repeat(depth)}`;
}
