// Splits what was typed, pasted or read from a CSV file into single values.

/** Separators: white space, comma, semicolon, in Latin and Chinese forms; quotes around a value are dropped. */
const SEPARATORS = /[\s,;，；、]+/u;

export function splitTokens(text: string): string[] {
  return text
    .split(SEPARATORS)
    .map((part) => part.replace(/^["'“”]+|["'“”]+$/gu, ''))
    .filter((part) => part !== '');
}

/** `added` behind `tokens`, each value once; `dropped` counts the repeated ones. */
export function addTokens(tokens: readonly string[], added: readonly string[]): { tokens: string[]; dropped: number } {
  const all = new Set([...tokens, ...added]);
  return { tokens: [...all], dropped: tokens.length + added.length - all.size };
}
