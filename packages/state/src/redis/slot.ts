// The slot of a hash tag in a Redis Cluster: CRC-16 (XMODEM) of its bytes, modulo 16384, as the cluster specification has it.

export const SLOTS = 16_384;

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

const utf8 = new TextEncoder();

export function slotOf(tag: string): number {
  let crc = 0;
  for (const byte of utf8.encode(tag)) crc = ((crc << 8) & 0xffff) ^ (TABLE[(crc >> 8) ^ byte] ?? 0);
  return crc % SLOTS;
}
