'use client';
// The query: typed with suggestions for fields and values, an error underlined at its place, applied by Enter. `/` leads here.
import { parseQuery, type QueryError } from '@message-push/protocol/admin/query-language';
import { Search, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { IconButton } from '@/components/ui/button.tsx';
import { Kbd } from '@/components/ui/card.tsx';
import { cx } from '@/components/ui/class-names.ts';
import { complete, wordAt } from '@/lib/query-edit.ts';
import { useShortcut } from '@/lib/shortcuts.tsx';
import { type Suggestion, useQuerySuggestions } from './suggestions.ts';

/** A place in the text that the api refused. */
export type Place = Pick<QueryError, 'from' | 'to'>;

export function QueryBar({
  q,
  refused,
  edit,
  onApply,
}: {
  q: string;
  /** A clause to go to; each time a new object. */
  edit: { clause: string } | undefined;
  /** Where the api found an error in `q`, with its words. */
  refused: (Place & { text: string }) | undefined;
  onApply(q: string): void;
}) {
  const t = useTranslations('messages');
  const input = useRef<HTMLInputElement>(null);
  const shade = useRef<HTMLDivElement>(null);
  const list = useId();
  const errorId = useId();
  const [text, setText] = useState(q);
  const [caret, setCaret] = useState(0);
  const [error, setError] = useState<QueryError>();
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const word = wordAt(text, caret);
  const offers = useQuerySuggestions(word, open);
  const place = error ?? (text === q ? refused : undefined);
  const shown = open && offers.length > 0;

  useEffect(() => {
    setText(q);
    setError(undefined);
  }, [q]);
  useShortcut('/', () => input.current?.focus());
  useEffect(() => {
    if (edit === undefined || input.current === null) return;
    const from = input.current.value.indexOf(edit.clause);
    input.current.focus();
    if (from >= 0) input.current.setSelectionRange(from, from + edit.clause.length);
  }, [edit]);

  function type(next: string, at: number) {
    setText(next);
    setCaret(at);
    setError(undefined);
    setActive(-1);
  }

  function apply(next: string) {
    setOpen(false);
    const parsed = parseQuery(next);
    if (parsed.ok) return onApply(next.trim());
    setError(parsed.error);
    input.current?.setSelectionRange(parsed.error.from, parsed.error.to);
  }

  function take(offer: Suggestion) {
    const done = complete(text, word, offer.value);
    type(done.text, done.caret);
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(done.caret, done.caret);
    });
  }

  function keyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return;
    const offer = shown ? offers[active] : undefined;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (!shown) return setOpen(true);
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setActive((active + step + offers.length + (active === -1 && step === -1 ? 1 : 0)) % offers.length);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (offer) take(offer);
      else apply(text);
    } else if (event.key === 'Tab' && offer) {
      event.preventDefault();
      take(offer);
    } else if (event.key === 'Escape' && shown) {
      event.stopPropagation();
      setOpen(false);
    }
  }

  return (
    <div className="relative min-w-0 flex-1">
      <div className="relative">
        <Search
          aria-hidden
          size={15}
          className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-muted"
        />
        <div
          ref={shade}
          aria-hidden
          className="pointer-events-none absolute inset-y-0 right-16 left-8 flex items-center overflow-hidden whitespace-pre font-mono text-[0.8125rem] text-transparent"
        >
          {place && (
            <span>
              {text.slice(0, place.from)}
              <span className="underline decoration-2 decoration-bad decoration-wavy underline-offset-4">
                {text.slice(place.from, place.to)}
              </span>
            </span>
          )}
        </div>
        <input
          ref={input}
          type="text"
          role="combobox"
          aria-label={t('query')}
          aria-expanded={shown}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={shown && active >= 0 ? `${list}-${active}` : undefined}
          aria-invalid={place !== undefined || undefined}
          aria-describedby={place ? errorId : undefined}
          value={text}
          placeholder={t('queryPlaceholder')}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          onChange={(event) => {
            type(event.target.value, event.target.selectionStart ?? event.target.value.length);
            setOpen(true);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
          onScroll={(event) => shade.current?.scrollTo({ left: event.currentTarget.scrollLeft })}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={keyDown}
          className={cx(
            'h-9 w-full rounded-md border bg-surface pr-16 pl-8 font-mono text-[0.8125rem] placeholder:font-sans hover:border-muted compact:h-8',
            place ? 'border-bad' : 'border-field',
          )}
        />
        <span className="absolute inset-y-0 right-1 flex items-center gap-1">
          {text === '' ? (
            <span className="pr-1.5 max-sm:hidden">
              <Kbd>/</Kbd>
            </span>
          ) : (
            <IconButton size="small" label={t('clearQuery')} onClick={() => apply('')}>
              <X aria-hidden size={14} />
            </IconButton>
          )}
        </span>
      </div>
      <div id={errorId} role="status" className={cx('text-bad text-xs', place ? 'mt-1' : 'sr-only')}>
        {error ? t(`problem.${error.problem}`, { column: error.from + 1 }) : place && refused?.text}
      </div>
      <Offers id={list} offers={shown ? offers : []} active={active} onTake={take} label={t('suggestions')} />
    </div>
  );
}

function Offers(props: {
  id: string;
  offers: Suggestion[];
  active: number;
  onTake(offer: Suggestion): void;
  label: string;
}) {
  const { id, offers, active, onTake, label } = props;
  return (
    <div
      id={id}
      role="listbox"
      aria-label={label}
      className={cx(
        'pop absolute top-full left-0 z-40 mt-1 max-h-72 w-full max-w-xl overflow-y-auto p-1',
        offers.length === 0 && 'hidden',
      )}
    >
      {offers.map((offer, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the text field keeps the focus and hears the keys
        <div
          key={offer.value}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === active}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(offer)}
          className={cx(
            'flex min-h-8 cursor-default items-center justify-between gap-3 rounded px-2 py-1',
            index === active ? 'bg-hover' : 'hover:bg-hover',
          )}
        >
          <span className="min-w-0 truncate font-mono text-[0.8125rem]">{offer.label}</span>
          <span className="shrink-0 text-muted text-xs">{offer.note}</span>
        </div>
      ))}
    </div>
  );
}
