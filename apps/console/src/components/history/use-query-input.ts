// What happens in the query bar: typing, choosing suggestions, applying, and where an error is.
import { parseQuery, type QueryError } from '@message-push/protocol/admin/query-language';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { complete, wordAt } from '@/lib/query-edit.ts';
import { useShortcut } from '@/lib/shortcuts.tsx';
import { type Suggestion, useQuerySuggestions } from './suggestions.ts';

export function useQueryInput(q: string, edit: { clause: string } | undefined, onApply: (q: string) => void) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(q);
  const [caret, setCaret] = useState(0);
  const [error, setError] = useState<QueryError>();
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const word = wordAt(text, caret);
  const found = useQuerySuggestions(word, open);
  const offers = open ? found : [];

  function type(next: string, at: number) {
    setText(next);
    setCaret(at);
    setError(undefined);
    setActive(-1);
  }

  useEffect(() => {
    setText(q);
    setError(undefined);
  }, [q]);
  useShortcut('/', () => input.current?.focus());
  useEffect(() => {
    if (edit !== undefined) select(input.current, edit.clause);
  }, [edit]);

  function apply(next: string) {
    setOpen(false);
    const parsed = parseQuery(next);
    if (parsed.ok) {
      type(next.trim(), next.length);
      return onApply(next.trim());
    }
    setError(parsed.error);
    input.current?.setSelectionRange(parsed.error.from, parsed.error.to);
  }

  function take(offer: Suggestion) {
    const done = complete(text, word, offer.value);
    type(done.text, done.caret);
    // The caret can be set once the field has the new text.
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(done.caret, done.caret);
    });
  }

  function move(step: 1 | -1) {
    if (offers.length === 0) return setOpen(true);
    const from = active === -1 && step === -1 ? 0 : active;
    setActive((from + step + offers.length) % offers.length);
  }

  function keyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return;
    const offer = offers[active];
    const act = actOf(event.key, offer);
    if (act === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  function actOf(key: string, offer: Suggestion | undefined): (() => void) | undefined {
    if (key === 'ArrowDown') return () => move(1);
    if (key === 'ArrowUp') return () => move(-1);
    if (key === 'Enter') return () => (offer ? take(offer) : apply(text));
    if (key === 'Tab' && offer) return () => take(offer);
    return key === 'Escape' && offers.length > 0 ? () => setOpen(false) : undefined;
  }

  return { input, text, error, offers, active, setOpen, setCaret, type, apply, take, keyDown };
}

function select(field: HTMLInputElement | null, part: string): void {
  if (field === null) return;
  const from = field.value.indexOf(part);
  field.focus();
  if (from >= 0) field.setSelectionRange(from, from + part.length);
}
