// The form of an app's secret: a prefix, 32 random bytes in base62, and a checksum that finds a typing error offline.
import { crc32 } from 'node:zlib';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62^43 > 2^256. */
const BODY_CHARS = 43;
/** 62^6 > 2^32. */
const CHECK_CHARS = 6;
const PATTERN = /^ps_(live|test)_[0-9A-Za-z]{49}$/;

/** A secret from 32 random bytes: `ps_live_` or `ps_test_`, 43 characters, then the CRC-32 of all before it as 6. */
export function makeSecret(environment: 'live' | 'test', random: Uint8Array): string {
  const body = base62(BigInt(`0x${Buffer.from(random).toString('hex')}`), BODY_CHARS);
  const text = `ps_${environment}_${body}`;
  return text + checksum(text);
}

/** False = mistyped or cut off, without asking anybody. Secrets taken over from the original have no such form. */
export function looksLikeSecret(text: string): boolean {
  return PATTERN.test(text) && checksum(text.slice(0, -CHECK_CHARS)) === text.slice(-CHECK_CHARS);
}

/** What is shown of a secret later: the last four characters, fewer of a short one. */
export function hintOf(secret: string): string {
  return secret.slice(secret.length >= 16 ? -4 : -2);
}

function checksum(text: string): string {
  return base62(BigInt(crc32(text)), CHECK_CHARS);
}

function base62(value: bigint, chars: number): string {
  let text = '';
  for (let rest = value; text.length < chars; rest /= 62n) text = DIGITS[Number(rest % 62n)] + text;
  return text;
}
