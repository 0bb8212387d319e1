// A text with the words that were searched for marked in it. Always text, whatever it holds.
import type { ReactNode } from 'react';

export function Marked({ text, words }: { text: string; words: readonly string[] }) {
  const wanted = words.filter((word) => word !== '').map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (wanted.length === 0) return text;
  const parts = text.split(new RegExp(`(${wanted.join('|')})`, 'giu'));
  // Every second part is a match.
  return parts.map(
    (part, index): ReactNode =>
      index % 2 === 1 ? (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text never move
        <mark key={index} className="rounded-xs bg-warn-tint text-inherit outline outline-warn/40">
          {part}
        </mark>
      ) : (
        part
      ),
  );
}
