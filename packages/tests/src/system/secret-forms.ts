// Finds a secret in bytes, also where it was written as base64, hex, UTF-16 or percent-encoded.
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** name → the secret itself. */
export type Secrets = Record<string, string>;

export interface Found {
  name: string;
  /** How it is written there. */
  form: string;
  place: string;
}

/** Which of the secrets `bytes` hold. */
export function findSecrets(secrets: Secrets, place: string, bytes: Buffer): Found[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    [...forms(secret)].filter(([, needle]) => bytes.includes(needle)).map(([form]) => ({ name, form, place })),
  );
}

/** Looks through every file below `dir`. */
export function findInFolder(secrets: Secrets, dir: string): Found[] {
  return filesBelow(dir).flatMap((file) => findSecrets(secrets, relative(dir, file), readFileSync(file)));
}

/** All regular files below a folder. */
export function filesBelow(dir: string): string[] {
  const isFile = (entry: Dirent) => entry.isFile();
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(isFile)
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A short text would be found by chance in megabytes of other bytes. */
const NEEDLE_BYTES_MIN = 8;

function forms(secret: string): Map<string, Buffer> {
  const utf8 = Buffer.from(secret);
  const found = new Map<string, Buffer>([
    ['text', utf8],
    ['upper case', Buffer.from(secret.toUpperCase())],
    ['lower case', Buffer.from(secret.toLowerCase())],
    ['UTF-16', Buffer.from(secret, 'utf16le')],
    ['percent-encoding', Buffer.from(encodeURIComponent(secret))],
    ['hex', Buffer.from(utf8.toString('hex'))],
    ['HEX', Buffer.from(utf8.toString('hex').toUpperCase())],
    ['reversed text', Buffer.from([...secret].reverse().join(''))],
  ]);
  for (const [name, bytes] of encodings(utf8)) found.set(name, bytes);
  if (/^(?:[0-9a-f]{2}){16,}$/i.test(secret)) {
    const raw = Buffer.from(secret, 'hex');
    found.set('bytes', raw);
    for (const [name, bytes] of encodings(raw)) found.set(`${name} of its bytes`, bytes);
  }
  for (const [form, bytes] of found) if (bytes.length < NEEDLE_BYTES_MIN) found.delete(form);
  return found;
}

/** Base64 of a text in which these bytes stand anywhere: three places within a group, without the characters that the neighbours decide. */
function encodings(bytes: Buffer): [string, Buffer][] {
  const found: [string, Buffer][] = [];
  for (const offset of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor((padded.length * 8) / 6);
    for (const encoding of ['base64', 'base64url'] as const)
      found.push([`${encoding} at ${offset}`, Buffer.from(padded.toString(encoding).slice(from, to))]);
  }
  return found;
}
