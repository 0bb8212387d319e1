'use client';
// Many short values in one field: typed, pasted or from a CSV file; each once. Arrow left and Backspace reach the chips.
import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ClipboardEvent, type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import { announce } from './announcer.tsx';
import { cx } from './class-names.ts';
import { useFieldProps } from './field.tsx';
import { addTokens, splitTokens } from './tokens.ts';

export interface TokenInputProps {
  tokens: readonly string[];
  onChange(tokens: string[]): void;
  placeholder?: string;
  /** Its name when no Field is around it. */
  label?: string;
  /** What is wrong with a token; such a chip is marked, not dropped. */
  problem?(token: string): string | undefined;
  /** Shown before the token's text: a dot that says who is online. */
  adornment?(token: string): ReactNode;
}

export function TokenInput({ tokens, onChange, placeholder, label, problem, adornment }: TokenInputProps) {
  const t = useTranslations('common');
  const field = useFieldProps();
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);

  function add(added: string) {
    const result = addTokens(tokens, splitTokens(added));
    if (result.tokens.length !== tokens.length) onChange(result.tokens);
    announce(t('tokensAdded', { added: result.tokens.length - tokens.length, dropped: result.dropped }));
    setText('');
  }

  function remove(token: string) {
    onChange(tokens.filter((other) => other !== token));
    input.current?.focus();
  }

  function keyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.nativeEvent.isComposing) return;
    const last = tokens.at(-1);
    if (['Enter', ',', ';', '，', '；'].includes(event.key) && !event.ctrlKey && !event.metaKey) {
      if (text.trim() === '') return event.key === 'Enter' ? undefined : event.preventDefault();
      event.preventDefault();
      add(text);
    } else if (event.key === 'Backspace' && text === '' && last !== undefined) {
      event.preventDefault();
      onChange(tokens.slice(0, -1));
      setText(last);
    }
  }

  function paste(event: ClipboardEvent<HTMLInputElement>) {
    const pasted = event.clipboardData.getData('text');
    if (splitTokens(pasted).length < 2) return;
    event.preventDefault();
    add(`${text} ${pasted}`);
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: a press beside the chips goes to the input, which keys reach anyway
    <div
      onClick={(event) => event.target === event.currentTarget && input.current?.focus()}
      className={cx(
        'flex max-h-48 min-h-9 w-full cursor-text flex-wrap content-start gap-1 overflow-y-auto rounded-md border bg-surface p-1',
        'has-[input:focus-visible]:outline-2 has-[input:focus-visible]:outline-accent',
        field['aria-invalid'] ? 'border-bad' : 'border-field hover:border-muted',
      )}
    >
      {tokens.map((token) => (
        <Token key={token} token={token} problem={problem?.(token)} onRemove={() => remove(token)}>
          {adornment?.(token)}
        </Token>
      ))}
      <input
        {...field}
        ref={input}
        type="text"
        value={text}
        aria-label={label}
        placeholder={tokens.length === 0 ? placeholder : undefined}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={keyDown}
        onPaste={paste}
        onBlur={() => text.trim() !== '' && add(text)}
        autoComplete="off"
        spellCheck={false}
        className="h-6.5 min-w-24 flex-1 bg-transparent px-1.5 font-mono text-[0.8125rem] outline-none placeholder:font-sans"
      />
    </div>
  );
}

function Token(props: { token: string; problem: string | undefined; onRemove(): void; children: ReactNode }) {
  const { token, problem, onRemove, children } = props;
  const t = useTranslations('common');
  return (
    <span
      title={problem ?? token}
      className={cx(
        'inline-flex h-6.5 max-w-full items-center gap-1.5 rounded border pl-1.5 font-mono text-xs',
        problem === undefined ? 'border-line bg-sunken' : 'border-bad bg-bad-tint text-bad line-through',
      )}
    >
      {children}
      <span className="truncate">{token}</span>
      {problem !== undefined && <span className="sr-only">{problem}</span>}
      <button
        type="button"
        aria-label={t('removeItem', { item: token })}
        onClick={onRemove}
        className="inline-flex size-6 shrink-0 items-center justify-center rounded text-muted -outline-offset-2 hover:bg-hover hover:text-text"
      >
        <X aria-hidden size={12} />
      </button>
    </span>
  );
}
