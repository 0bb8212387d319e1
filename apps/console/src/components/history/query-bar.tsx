'use client';
// The query: typed with suggestions for fields and values, an error underlined at its place, applied by Enter. `/` leads here.
import type { QueryError } from '@message-push/protocol/admin/query-language';
import { Search, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useId, useRef } from 'react';
import { IconButton } from '@/components/ui/button.tsx';
import { Kbd } from '@/components/ui/card.tsx';
import { cx } from '@/components/ui/class-names.ts';
import type { Suggestion } from './suggestions.ts';
import { useQueryInput } from './use-query-input.ts';

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
  const shade = useRef<HTMLDivElement>(null);
  const list = useId();
  const errorId = useId();
  const { input, text, error, offers, active, setOpen, setCaret, type, apply, take, keyDown } = useQueryInput(
    q,
    edit,
    onApply,
  );
  const place = error ?? (text === q ? refused : undefined);
  const shown = offers.length > 0;

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
      <Offers id={list} offers={offers} active={active} onTake={take} label={t('suggestions')} />
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
