// The bus as state remembers it: which generation sequences are of, and up to which offsets it was seen.
import type { Bus } from '@message-push/bus';
import type { Clock, Log } from '@message-push/runtime';
import type { LogRecord, State } from '@message-push/state';

export interface LogBookDeps {
  bus: Pick<Bus, 'describe'>;
  state: Pick<State, 'logSeen' | 'openLog' | 'sawOffsets' | 'connection'>;
  clock: Clock;
  log: Log;
}

/** State is told at most this often. */
const TELL_EVERY_MS = 2000;

export class LogBook {
  #deps: LogBookDeps;
  #opened: { connection: number; record: Promise<LogRecord> } | undefined;
  #generation = 0;
  #seen: Record<number, number> = {};
  #told: Record<number, number> = {};
  #tellAt = 0;

  constructor(deps: LogBookDeps) {
    this.#deps = deps;
  }

  /** Opens the log once per connection to state: a state that lost its last seconds may have forgotten the generation. */
  async open(): Promise<LogRecord> {
    const connection = this.#deps.state.connection();
    if (this.#opened?.connection !== connection) this.#opened = { connection, record: this.#open() };
    const opened = this.#opened;
    try {
      return await opened.record;
    } catch (cause) {
      if (this.#opened === opened) this.#opened = undefined;
      throw cause;
    }
  }

  /** The record of this offset was read. */
  saw(partition: number, offset: number): void {
    if (offset > (this.#seen[partition] ?? -1)) this.#seen[partition] = offset;
  }

  /** Tells state what was seen; call it now and then. */
  async tell(): Promise<void> {
    const { clock, state, log } = this.#deps;
    const now = clock.now();
    if (now < this.#tellAt) return;
    this.#tellAt = now + TELL_EVERY_MS;
    const told = this.#told;
    const news = Object.entries(this.#seen).filter(([partition, offset]) => told[Number(partition)] !== offset);
    if (news.length === 0) return;
    const offsets = Object.fromEntries(news);
    try {
      await state.sawOffsets(this.#generation, offsets);
      Object.assign(told, offsets);
    } catch (cause) {
      log.debug({ err: cause }, 'state did not hear of the offsets seen; they are told again');
    }
  }

  async #open(): Promise<LogRecord> {
    const { bus, state, log } = this.#deps;
    const before = await state.logSeen();
    const { busId, partitions, ends } = await bus.describe('pushes');
    const record = await state.openLog({ bus_id: busId, topic: 'pushes', partitions, ends, ...(before && { before }) });
    if (record.generation !== this.#generation) {
      log.info({ log: record }, 'the log is open');
      this.#seen = {};
    }
    // State may have forgotten what it was told.
    this.#told = {};
    this.#generation = record.generation;
    return record;
  }
}
