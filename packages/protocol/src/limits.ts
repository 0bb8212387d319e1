// What a push may hold at most, and the platforms that it may name; without zod, for pages.

/** Bounds of a push; sizes in bytes are of the UTF-8 text, characters are code points. */
export interface PushLimits {
  bodyBytesMax: number;
  batchBodyBytesMax: number;
  batchRowsMax: number;
  contentBytesMax: number;
  extrasBytesMax: number;
  titleCharsMax: number;
  contentTypeCharsMax: number;
  uidCharsMax: number;
  uidsMax: number;
  deviceIdCharsMax: number;
  deviceIdsMax: number;
  ttlMaxS: number;
  idempotencyKeyCharsMax: number;
}

export const PUSH_LIMITS: PushLimits = {
  bodyBytesMax: 256 * 1024,
  batchBodyBytesMax: 4 * 1024 * 1024,
  batchRowsMax: 1_000,
  contentBytesMax: 16 * 1024,
  extrasBytesMax: 4 * 1024,
  titleCharsMax: 256,
  contentTypeCharsMax: 256,
  uidCharsMax: 64,
  uidsMax: 1_000,
  deviceIdCharsMax: 128,
  deviceIdsMax: 1_000,
  ttlMaxS: 2_592_000,
  idempotencyKeyCharsMax: 255,
};

/** Platforms that a push can be limited to. A session of any other platform gets only what is for all. */
export const PLATFORMS = ['h5', 'android', 'ios'] as const;
export type Platform = (typeof PLATFORMS)[number];
