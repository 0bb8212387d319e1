// One stream of events per tab. It resumes where it stopped, says honestly how it is, and gives what it heard once per frame.
import type { StreamEvents } from '@message-push/protocol/admin';
import { STREAM_TOPICS } from '@message-push/protocol/admin/limits';
import { API } from '../api.ts';
import { Batches } from './batches.ts';
import { createParser } from './parse.ts';

export type LiveState =
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'paused' }
  /** `at`: when the next try is due, epoch milliseconds. */
  | { kind: 'reconnecting'; at: number }
  /** Several tries failed: pages ask by themselves meanwhile. */
  | { kind: 'polling'; at: number };

export type Topic = Exclude<keyof StreamEvents, 'gap'>;
export type Listener<T extends Topic> = (events: StreamEvents[T][]) => void;

const WAITS_MS = [1000, 2000, 4000, 8000, 15_000];
/** Failed tries after which it is called polling. */
const POLLING_FROM = 3;
/** A tab that nobody sees lets go of its connection. */
const HIDDEN_MS = 60_000;
/** Nothing heard for longer than this (comments come every 15 s): the connection is dead. */
const SILENT_MS = 40_000;
const FRAMES = {
  request: (callback: () => void) => requestAnimationFrame(callback),
  cancel: (id: number) => cancelAnimationFrame(id),
};

interface Needs {
  onGap(): void;
  onState(state: LiveState): void;
  onSignedOut(): void;
}

export class LiveStream {
  state: LiveState = { kind: 'connecting' };
  #needs: Needs;
  #message: string | undefined;
  #lastId: string | undefined;
  #failures = 0;
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #hidden: ReturnType<typeof setTimeout> | undefined;
  #batches: Batches;
  #listeners = new Map<string, Set<Listener<Topic>>>();

  constructor(needs: Needs) {
    this.#needs = needs;
    this.#batches = new Batches(
      FRAMES,
      (topic, events) => {
        const all = this.#listeners.get(topic) ?? [];
        for (const listener of all) listener(events as StreamEvents[Topic][]); // by the contract of the stream
      },
      () => needs.onGap(),
    );
  }

  start(): void {
    document.addEventListener('visibilitychange', this.#onVisibility);
    window.addEventListener('online', this.#onOnline);
    this.#connect();
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.#onVisibility);
    window.removeEventListener('online', this.#onOnline);
    clearTimeout(this.#hidden);
    this.#batches.clear();
    this.#disconnect();
  }

  /** Pauses and goes on; what came meanwhile is told then. */
  toggle(): void {
    if (this.state.kind === 'paused') this.#connect();
    else {
      this.#disconnect();
      this.#become({ kind: 'paused' });
    }
  }

  listen<T extends Topic>(topic: T, listener: Listener<T>): () => void {
    const all = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, all);
    const known = listener as Listener<Topic>; // it is called with the events of its topic alone
    all.add(known);
    return () => void all.delete(known);
  }

  /** Receipts of this message are wanted, or of none. */
  watch(message: string | undefined): void {
    if (this.#message === message) return;
    this.#message = message;
    if (this.state.kind !== 'paused' && this.#abort !== undefined) this.#connect();
  }

  #connect(): void {
    this.#disconnect();
    if (this.state.kind !== 'live') this.#become({ kind: 'connecting' });
    const abort = new AbortController();
    this.#abort = abort;
    this.#read(abort).then(
      () => this.#failed(abort),
      () => this.#failed(abort),
    );
  }

  #disconnect(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    const abort = this.#abort;
    this.#abort = undefined;
    abort?.abort();
  }

  /** Resolves when the stream ends. */
  async #read(abort: AbortController): Promise<void> {
    this.#heard(abort);
    const query = new URLSearchParams({ topics: STREAM_TOPICS.join(',') });
    if (this.#message !== undefined) query.set('message', this.#message);
    const headers = { accept: 'text/event-stream', ...(this.#lastId ? { 'last-event-id': this.#lastId } : {}) };
    const response = await fetch(`${API}/stream?${query}`, { headers, signal: abort.signal, cache: 'no-store' });
    if (response.status === 401) this.#needs.onSignedOut();
    if (!response.ok || response.body === null) return;
    const missed = this.#failures > 0 && this.#lastId === undefined;
    this.#failures = 0;
    this.#become({ kind: 'live' });
    if (missed) this.#needs.onGap();
    const parse = createParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || abort.signal.aborted) return;
      this.#heard(abort);
      for (const { name, data, id } of parse(value)) {
        if (id !== undefined) this.#lastId = id;
        if (name === 'gap') this.#needs.onGap();
        else this.#batches.add(name, JSON.parse(data));
      }
    }
  }

  #heard(abort: AbortController): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => abort.abort(), SILENT_MS);
  }

  #failed(abort: AbortController): void {
    if (this.#abort !== abort) return; // it was let go of on purpose
    this.#disconnect();
    const wait = WAITS_MS[Math.min(this.#failures, WAITS_MS.length - 1)] ?? 0;
    this.#failures++;
    this.#become({ kind: this.#failures >= POLLING_FROM ? 'polling' : 'reconnecting', at: Date.now() + wait });
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  #become(state: LiveState): void {
    this.state = state;
    this.#needs.onState(state);
  }

  #onVisibility = (): void => {
    clearTimeout(this.#hidden);
    if (this.state.kind === 'paused') return;
    if (document.hidden) this.#hidden = setTimeout(() => this.#disconnect(), HIDDEN_MS);
    else if (this.#abort === undefined) this.#connect();
  };

  #onOnline = (): void => {
    if (this.state.kind === 'reconnecting' || this.state.kind === 'polling') this.#connect();
  };
}
