// Whether a text is an origin, a web address, or an IP address or range: hints while typing; the api decides.

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const GROUP = /^[0-9a-f]{1,4}$/i;
const OWN_SCHEME = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+$/;
const PREFIX_LENGTH = /^\d{1,3}$/;

/**
 * As a browser sends it: scheme, host, port if it isn't the usual one, nothing after it. Apps in a shell send `capacitor://localhost` or the
 * like, pages from a file `null`. `*` allows all.
 */
export function isOrigin(text: string): boolean {
  if (text === '*' || text === 'null') return true;
  const url = URL.parse(text);
  if (url === null) return false;
  return url.origin === 'null' ? OWN_SCHEME.test(text) : url.origin === text;
}

export function isWebAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
}

/** `10.1.2.3`, `10.0.0.0/8`, `2001:db8::1` or `2001:db8::/32`. */
export function isAddressOrRange(text: string): boolean {
  const [address = '', length, more] = text.split('/');
  const bits = isIpv4(address) ? 32 : isIpv6(address) ? 128 : undefined;
  if (bits === undefined || more !== undefined) return false;
  return length === undefined || (PREFIX_LENGTH.test(length) && Number(length) <= bits);
}

function isIpv4(text: string): boolean {
  const parts = IPV4.exec(text)?.slice(1);
  return parts?.every((part) => Number(part) <= 255 && (part === '0' || !part.startsWith('0'))) ?? false;
}

function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const embedded = last.includes('.');
  if (embedded && !isIpv4(last)) return false;
  const plain = embedded ? groups.slice(0, -1) : groups;
  const count = plain.length + (embedded ? 2 : 0);
  return plain.every((group) => GROUP.test(group)) && (halves.length === 2 ? count <= 7 : count === 8);
}
