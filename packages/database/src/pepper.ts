// Peppers: the secrets outside the database without which its rows are of no use; the first writes, all verify.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { DatabaseProblem } from './errors.ts';

const PEPPER_CHARS_MIN = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

interface Pepper {
  /** What a row remembers: says which pepper, and nothing about it. */
  id: string;
  /** Not its bytes: Node would make a key of them for each HMAC, five times the work. */
  hmacKey: KeyObject;
  sealKey: Buffer;
}

export interface Peppers {
  /** Id of the one that writes. */
  readonly first: string;
  readonly ids: string[];
  hash(secret: string): { pepperId: string; hmac: Buffer };
  /** The HMACs that a row of this secret may carry, one per pepper. */
  hashes(secret: string): Buffer[];
  /** Compares in constant time; false when the pepper of the row is not known here. */
  matches(secret: string, row: { pepperId: string; secretHmac: Uint8Array }): boolean;
  /** AES-256-GCM, bound to `name`. */
  seal(name: string, plain: Uint8Array): { pepperId: string; sealed: Buffer };
  open(name: string, row: { pepperId: string; sealed: Uint8Array }): Buffer;
}

export function createPeppers(texts: string[]): Peppers {
  const peppers = texts.map(derive);
  const [first] = peppers;
  if (!first)
    throw new DatabaseProblem(
      'Set PEPPER to a random text of at least 32 characters: stored secrets are made with it.',
    );
  const byId = new Map(peppers.map((pepper) => [pepper.id, pepper]));
  return {
    first: first.id,
    ids: peppers.map((pepper) => pepper.id),
    hash: (secret) => ({ pepperId: first.id, hmac: hmacOf(first, secret) }),
    hashes: (secret) => peppers.map((pepper) => hmacOf(pepper, secret)),
    matches(secret, { pepperId, secretHmac }) {
      const pepper = byId.get(pepperId);
      return pepper !== undefined && secretHmac.length === 32 && timingSafeEqual(hmacOf(pepper, secret), secretHmac);
    },
    seal: (name, plain) => ({ pepperId: first.id, sealed: seal(first.sealKey, name, plain) }),
    open(name, { pepperId, sealed }) {
      const pepper = byId.get(pepperId);
      if (!pepper)
        throw new DatabaseProblem(`What is named ${name} was sealed with pepper ${pepperId}, which is not configured.`);
      return open(pepper.sealKey, name, sealed);
    },
  };
}

/** One key per use, so that none of them says anything about another. */
function derive(text: string): Pepper {
  const key = (use: string) => Buffer.from(hkdfSync('sha256', text, '', `message-push ${use} v1`, 32));
  return {
    id: createHash('sha256').update(key('pepper id')).digest('hex').slice(0, 8),
    hmacKey: createSecretKey(key('credential')),
    sealKey: key('signing key'),
  };
}

function hmacOf(pepper: Pepper, secret: string): Buffer {
  return createHmac('sha256', pepper.hmacKey).update(secret).digest();
}

function seal(key: Buffer, name: string, plain: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function open(key: Buffer, name: string, sealed: Uint8Array): Buffer {
  const text = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(name))
    .setAuthTag(sealed.subarray(text));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, text)), decipher.final()]);
}

/**
 * The peppers in `file`, one a line, the first writes. When there is no file, one pepper of 32 random bytes is made and
 * stored in one step, readable by its owner alone; of two processes that try, one wins and both use its pepper.
 */
export function loadOrMakePepper(file: string): string[] {
  return readPeppers(file) ?? makePepper(file);
}

function readPeppers(file: string): string[] | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // node: file errors carry a code
    throw error;
  }
  chmodSync(file, 0o600);
  const peppers = text.split(/\s+/).filter((line) => line !== '');
  if (peppers.length === 0 || peppers.some((pepper) => pepper.length < PEPPER_CHARS_MIN)) {
    throw new DatabaseProblem(
      `${file} must hold one pepper of at least ${PEPPER_CHARS_MIN} characters a line. Put the lost file back: no stored secret can be verified without it.`,
    );
  }
  return peppers;
}

function makePepper(file: string): string[] {
  const mine = `${file}.${process.pid}.new`;
  const handle = openSync(mine, 'w', 0o600);
  try {
    writeSync(handle, `${randomBytes(32).toString('hex')}\n`);
    fsyncSync(handle);
    linkSync(mine, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another process was first: its file counts
  } finally {
    closeSync(handle);
    rmSync(mine, { force: true });
  }
  return readPeppers(file) ?? makePepper(file);
}
