'use client';
// Live updates for components: how the stream is, what came on a topic, and how often to ask while there is none.
import type { HealthReport } from '@message-push/protocol/admin';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useEffectEvent, useMemo, useState } from 'react';
import { tellSignedOut } from './api.ts';
import { type Listener, type LiveState, LiveStream, type Topic } from './stream/live-stream.ts';

const POLL_MS = 10_000;
const Context = createContext<{ stream: LiveStream; state: LiveState; gaps: number } | null>(null);

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>({ kind: 'connecting' });
  const [gaps, setGaps] = useState(0);
  const [stream] = useState(() => {
    const onGap = () => {
      void client.invalidateQueries();
      setGaps((count) => count + 1);
    };
    return new LiveStream({ onState: setState, onGap, onSignedOut: tellSignedOut });
  });
  useEffect(() => {
    const unlisten = feedCache(stream, client);
    stream.start();
    return () => {
      unlisten();
      stream.stop();
    };
  }, [stream, client]);
  const value = useMemo(() => ({ stream, state, gaps }), [stream, state, gaps]);
  return <Context value={value}>{children}</Context>;
}

/** What every page shares: the health is put into the cache, lists that changed are read again when they are on the page. */
function feedCache(stream: LiveStream, client: QueryClient): () => void {
  const stop = [
    stream.listen('health', (events) => client.setQueryData<HealthReport>(['health'], events.at(-1))),
    stream.listen('ring', () => void client.invalidateQueries({ queryKey: ['ring'] })),
    stream.listen('audit', () => void client.invalidateQueries({ queryKey: ['audit'] })),
  ];
  return () => {
    for (const one of stop) one();
  };
}

function useStream() {
  const live = useContext(Context);
  if (live === null) throw new Error('live updates need a LiveProvider around them');
  return live;
}

/** The state for the indicator, and the switch between live and paused. */
export function useLive(): { state: LiveState; toggle(): void } {
  const { stream, state } = useStream();
  return { state, toggle: () => stream.toggle() };
}

/** How often something was missed for good: what a page collects by itself is to be read again when this grows. */
export function useGaps(): number {
  return useStream().gaps;
}

/** `listener` gets the events of a topic, once per animation frame. It may change from one render to the next. */
export function useStreamTopic<T extends Topic>(topic: T, listener: Listener<T>): void {
  const { stream } = useStream();
  const heard = useEffectEvent(listener);
  useEffect(() => stream.listen(topic, (events) => heard(events)), [stream, topic]);
}

/** Asks for receipts of one message while the component is there (topic `receipts`); undefined asks for none. */
export function useWatchedMessage(message: string | undefined): void {
  const { stream } = useStream();
  useEffect(() => {
    if (message === undefined) return;
    stream.watch(message);
    return () => stream.watch(undefined);
  }, [stream, message]);
}

/** For `refetchInterval`: ten seconds while the stream is away, never while it lives or is paused. */
export function usePoll(): number | false {
  const { kind } = useStream().state;
  return kind === 'reconnecting' || kind === 'polling' ? POLL_MS : false;
}
