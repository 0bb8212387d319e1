// The form of a secret, checked in the browser: a typing error is found without asking anybody, and without sending the secret anywhere.
// The same form as in packages/database: a prefix, 43 characters, and the CRC-32 of both as 6 more.

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECK_CHARS = 6;
const PATTERN = /^ps_(live|test)_[0-9A-Za-z]{49}$/;
const PREFIX = /^ps_(live|test)_/;
/** Of CRC-32 as zlib has it, least significant bit first. */
const POLYNOMIAL = 0xedb88320;

export type SecretReading =
  | { kind: 'whole'; environment: 'live' | 'test'; hint: string }
  /** It begins like one of ours, but characters are wrong, missing or too many. */
  | { kind: 'damaged' }
  /** Of another form: taken over from elsewhere, or no secret. */
  | { kind: 'foreign' };

/** What a text is, by its form alone. */
export function readSecret(text: string): SecretReading {
  const whole = PATTERN.exec(text);
  if (whole === null) return { kind: PREFIX.test(text) ? 'damaged' : 'foreign' };
  if (checksum(text.slice(0, -CHECK_CHARS)) !== text.slice(-CHECK_CHARS)) return { kind: 'damaged' };
  return { kind: 'whole', environment: whole[1] === 'test' ? 'test' : 'live', hint: text.slice(-4) };
}

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (; digits.length < CHECK_CHARS; rest = Math.floor(rest / 62)) digits = DIGITS.charAt(rest % 62) + digits;
  return digits;
}

/** Of text that is ASCII. */
function crc32(text: string): number {
  let value = 0xffffffff;
  for (let place = 0; place < text.length; place++) {
    value ^= text.charCodeAt(place);
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? POLYNOMIAL : 0);
  }
  return (value ^ 0xffffffff) >>> 0;
}
