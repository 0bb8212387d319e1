// A key that nobody else has: 32 hex digits. Works on pages that were not loaded securely, where `crypto.randomUUID` is missing.

export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
