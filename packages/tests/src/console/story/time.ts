// The moment of all pictures: 2026-11-23 14:00:00 in Shanghai.
export const NOW = Date.UTC(2026, 10, 23, 6, 0, 0);
