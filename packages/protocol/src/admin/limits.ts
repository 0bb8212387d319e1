// Bounds of what operators write, and closed lists that they choose from; without zod, for pages.

export const ADMIN_LIMITS = {
  emailCharsMax: 254,
  passwordCharsMin: 12,
  passwordCharsMax: 256,
  nameCharsMax: 100,
  appsMax: 1_000,
} as const;

export const APP_LIMITS = {
  nameCharsMax: 100,
  aliasesMax: 20,
  urlCharsMax: 2_048,
  originsMax: 50,
  addressesMax: 100,
  requestsPerSecondMax: 100_000,
  deliveriesPerSecondMax: 10_000_000,
  ttlMaxS: 2_592_000,
  retentionDaysMax: 365,
} as const;

export const EXPORT_FORMATS = ['csv', 'ndjson'] as const;

export const TOKEN_KINDS = ['access', 'jwt', 'passport'] as const;

/** How long replaced credentials go on, in seconds, as a rotation offers it. */
export const GRACE_S = [0, 900, 3_600, 21_600, 86_400, 604_800] as const;

/**
 * What to hear of, joined by commas in `topics`: health (`HealthReport`, when it changed, at most one a second), rates (one a second), ring
 * (each change), pushes (each accepted push, at most 50 a second, the rest counted), audit. `message` names a message whose receipts
 * are wanted.
 */
export const STREAM_TOPICS = ['health', 'rates', 'ring', 'pushes', 'audit'] as const;
export type StreamTopic = (typeof STREAM_TOPICS)[number];
