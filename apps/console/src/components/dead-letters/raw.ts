// The beginning of a record that could not be read: as text as far as it is one, and byte by byte.

const PER_LINE = 16;
const HEX = 16;

/** The bytes of a base64 text; empty when it is none. */
export function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

/** As UTF-8; what is no text becomes U+FFFD, control characters but line breaks and tabs their picture. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/(?![\n\r\t])\p{Cc}/gu, picture);
}

/** `00000010  7b 22 76 22 …  {"v"`, one line for 16 bytes. */
export function hexOf(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += PER_LINE) {
    const line = bytes.subarray(start, start + PER_LINE);
    const hex = Array.from(line, (byte) => byte.toString(HEX).padStart(2, '0')).join(' ');
    const text = Array.from(line, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
    lines.push(`${start.toString(HEX).padStart(8, '0')}  ${hex.padEnd(PER_LINE * 3 - 1)}  ${text}`);
  }
  return lines.join('\n');
}

/** Whether most of it reads as text. */
export function isText(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes);
  const strange = [...text].filter((char) => char === '\ufffd' || (char < ' ' && !'\n\r\t'.includes(char))).length;
  return text !== '' && strange * 10 < text.length;
}

/** The Unicode picture of a control character: it shows, and moves nothing. */
function picture(char: string): string {
  const code = char.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
}
