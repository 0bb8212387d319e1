'use client';
// Keys that act anywhere on a page: single ones, "g then a letter", and Ctrl or Cmd with K. Never while something is typed.
import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import { usePreferences } from './use-preferences.tsx';

/** The second key of a sequence has to come within this time. */
const SEQUENCE_MS = 1200;
const PREFIX = 'g';

interface Binding {
  keys: string;
  act(): void;
}

const bindings: Binding[] = [];
let prefixAt = 0;

/**
 * `keys`: `?`, `/`, `l`, `g s` or `mod+k`. The latest one of the same keys wins, so that an open layer can take them over. Single keys and
 * sequences do nothing when the operator has switched them off.
 */
export function useShortcut(keys: string, act: () => void, enabled = true): void {
  const { shortcuts } = usePreferences();
  const heard = useEffectEvent(act);
  const on = enabled && (shortcuts || keys.startsWith('mod+'));
  useEffect(() => {
    if (!on) return;
    const binding = { keys, act: () => heard() };
    if (bindings.length === 0) window.addEventListener('keydown', onKey);
    bindings.push(binding);
    return () => {
      bindings.splice(bindings.indexOf(binding), 1);
      if (bindings.length === 0) window.removeEventListener('keydown', onKey);
    };
  }, [keys, on]);
}

/** What the key of `mod` is called on this machine. */
export function useModKey(): string {
  return useSyncExternalStore(
    () => () => undefined,
    () => (/Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl'),
    () => 'Ctrl',
  );
}

function onKey(event: KeyboardEvent): void {
  if (event.isComposing || event.defaultPrevented || event.repeat) return;
  const mod = event.ctrlKey || event.metaKey;
  if (event.altKey || (!mod && isTyping(event.target))) return;
  const sequence = !mod && event.timeStamp - prefixAt < SEQUENCE_MS;
  prefixAt = 0;
  const keys = mod ? `mod+${event.key.toLowerCase()}` : sequence ? `${PREFIX} ${event.key}` : event.key;
  const binding = bindings.findLast((one) => one.keys === keys);
  if (binding !== undefined) {
    event.preventDefault();
    binding.act();
  } else if (keys === PREFIX && !isInLayer(event.target)) prefixAt = event.timeStamp;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest('input,textarea,select,[role="listbox"],[role="menu"]') !== null;
}

function isInLayer(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('[role="dialog"]') !== null;
}
