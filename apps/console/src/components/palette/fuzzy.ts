// How well a typed text fits a command: by its label, its words in both languages and pinyin initials.

/** 0: not at all; the higher the better. Every part of the query has to fit somewhere. */
export function fits(query: string, label: string, keywords: string): number {
  const parts = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (parts.length === 0) return 1;
  let total = 0;
  for (const part of parts) {
    const best = Math.max(score(part, label.toLowerCase()) * 1.2, score(part, keywords.toLowerCase()));
    if (best === 0) return 0;
    total += best;
  }
  return total / parts.length;
}

/** A whole beginning is best, then the beginning of a word, then anywhere, then the letters in order. */
function score(part: string, text: string): number {
  const at = text.indexOf(part);
  if (at === 0) return 100;
  if (at > 0) return /[\s·&-]/.test(text[at - 1] ?? '') ? 80 : 50;
  return part.length < 3 ? 0 : scattered(part, text);
}

/** Letters in order within one word of the text, up to 30 for those close together. */
function scattered(part: string, text: string): number {
  let best = 0;
  for (const word of text.split(/\s+/)) {
    let from = -1;
    const first = word.indexOf(part[0] ?? '');
    for (const letter of part) {
      from = word.indexOf(letter, from + 1);
      if (from === -1) break;
    }
    if (from !== -1) best = Math.max(best, (30 * part.length) / (from - first + 1));
  }
  return best;
}
