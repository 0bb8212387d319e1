// A text for machines, to read and to copy; JSON in quiet colours.
import type { ReactNode } from 'react';
import { CopyButton } from './copy-button.tsx';
import { ScrollBox } from './scroll-box.tsx';

export function CodeBlock({
  code,
  what,
  language = 'text',
  wrap = false,
  onCopied,
}: {
  code: string;
  /** Names it for the copy button. */
  what: string;
  language?: 'text' | 'json';
  wrap?: boolean;
  onCopied?(): void;
}) {
  return (
    <div className="relative min-w-0 rounded-md border border-line bg-sunken">
      <ScrollBox label={what} className="max-h-112 overflow-auto rounded-md p-3 pr-11 -outline-offset-2">
        <pre
          className={`font-mono text-[0.8125rem] leading-relaxed ${wrap ? 'whitespace-pre-wrap break-words' : 'whitespace-pre'}`}
        >
          {language === 'json' ? inColours(code) : code}
        </pre>
      </ScrollBox>
      <div className="absolute top-1.5 right-1.5 rounded-md bg-sunken">
        <CopyButton text={code} what={what} {...(onCopied ? { onCopied } : {})} />
      </div>
    </div>
  );
}

const JSON_PART = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gu;
/** Longer texts stay plain: a span per token would be slow. */
const COLOURED_CHARS_MAX = 20_000;

function inColours(code: string): ReactNode {
  if (code.length > COLOURED_CHARS_MAX) return code;
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of code.matchAll(JSON_PART)) {
    const [whole, text, colon] = match;
    const shown = text ?? whole;
    parts.push(code.slice(end, match.index));
    parts.push(
      <span key={match.index} className={text === undefined ? 'text-note' : colon ? 'text-accent' : 'text-ok'}>
        {shown}
      </span>,
    );
    end = match.index + shown.length;
  }
  parts.push(code.slice(end));
  return parts;
}
