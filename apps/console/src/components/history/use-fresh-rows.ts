'use client';
// New messages of a search while it is on the page: collected apart until they are asked for, so that no row moves by itself.
import type { MessageRow } from '@message-push/protocol/admin';
import { useCallback, useEffect, useEffectEvent, useRef, useState } from 'react';
import type { Page } from '@/lib/api.ts';
import { askFrom, putInFront, takeIn } from '@/lib/fresh-rows.ts';
import { useGaps, useLive, usePoll, useStreamTopic } from '@/lib/live.tsx';
import { type Filter, fetchSince, useEditMessages } from '@/lib/messages.ts';

/** After news, when to look: soon, and once more when most have arrived. The history is a little behind. */
const LOOKS_MS = [700, 3_000];

export function useFreshRows(filter: Filter, pages: readonly Page<MessageRow>[] | undefined, enabled: boolean) {
  const [fresh, setFresh] = useState<MessageRow[]>([]);
  const edit = useEditMessages(filter);
  const { kind } = useLive().state;
  const paused = kind === 'paused';
  const poll = usePoll();
  const gaps = useGaps();
  const timers = useRef<(ReturnType<typeof setTimeout> | undefined)[]>([]);
  const on = enabled && !paused && pages !== undefined;
  const key = JSON.stringify(filter);
  const asked = useRef(key);

  useEffect(() => {
    asked.current = key;
    setFresh([]);
  }, [key]);

  const look = useEffectEvent(async () => {
    if (!on || pages === undefined) return;
    const rows = pages.flatMap((page) => page.rows);
    const read = await fetchSince(filter, askFrom(rows, Date.now())).catch(() => undefined); // the next news looks again
    if (read === undefined || asked.current !== key) return;
    const taken = takeIn(pages, read.rows);
    const changed = taken.pages.some((page, index) => page !== pages[index]);
    // An empty list has nothing to move.
    if (rows.length === 0) {
      if (taken.fresh.length > 0) edit((now) => putInFront(now, taken.fresh));
    } else {
      if (changed) edit((now) => takeIn(now, read.rows).pages);
      setFresh(taken.fresh.filter((row) => row.c_time >= (rows[0]?.c_time ?? 0)));
    }
  });

  const heard = useCallback(() => {
    for (const [index, afterMs] of LOOKS_MS.entries()) {
      if (timers.current[index] !== undefined && index === 0) continue;
      clearTimeout(timers.current[index]);
      timers.current[index] = setTimeout(() => {
        timers.current[index] = undefined;
        void look();
      }, afterMs);
    }
  }, []);

  useStreamTopic('pushes', heard);
  // What came while nobody listened: before this page, while paused, while the stream was away, in a gap of it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another search, state or gap of the stream is the reason to look
  useEffect(() => {
    if (on) heard();
  }, [on, key, kind, gaps, heard]);
  useEffect(() => {
    if (poll === false || !on) return;
    const timer = setInterval(() => void look(), poll);
    return () => clearInterval(timer);
  }, [poll, on]);
  useEffect(
    () => () => {
      for (const timer of timers.current) clearTimeout(timer);
    },
    [],
  );

  return {
    fresh,
    show() {
      edit((now) => putInFront(now, fresh));
      setFresh([]);
    },
  };
}
