// The bus as state remembers it: which generation sequences are of, and up to which offsets it was seen.
import type { Bus } from '@message-push/bus';
import type { Clock, Log } from '@message-push/runtime';
import type { LogRecord, State } from '@message-push/state';

export interface LogBookDeps {
  bus: Pick<Bus, 'describe'>;
  state: Pick<State, 'openLog' | 'sawOffsets' | 'connection'>;
  clock: Clock;
  log: Log;
}

/**
 * Offsets are told this late: who opens the log compares them with ends that it read before, and must not take a log that grew
 * meanwhile for one that has lost its end.
 */
const SAW_LAG_MS = 2000;

export class LogBook {
  #deps: LogBookDeps;
  #opened: { connection: number; record: Promise<LogRecord> } | undefined;
  #generation = 0;
  #seen: Record<number, number> = {};
  #told: Record<number, number> = {};
  #next: { at: number; offsets: Record<number, number> } | undefined;

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

  /** Tells state what was seen long enough ago; call it now and then. */
  async tell(): Promise<void> {
    const { clock, state, log } = this.#deps;
    const now = clock.now();
    if (this.#next === undefined) {
      const offsets = Object.entries(this.#seen).filter(
        ([partition, offset]) => this.#told[Number(partition)] !== offset,
      );
      if (offsets.length > 0) this.#next = { at: now, offsets: Object.fromEntries(offsets) };
      return;
    }
    if (now - this.#next.at < SAW_LAG_MS) return;
    const { offsets } = this.#next;
    this.#next = undefined;
    try {
      await state.sawOffsets(this.#generation, offsets);
      Object.assign(this.#told, offsets);
    } catch (cause) {
      log.debug({ err: cause }, 'state did not hear of the offsets seen; they are told again');
    }
  }

  async #open(): Promise<LogRecord> {
    const { bus, state, log } = this.#deps;
    const { busId, partitions, ends } = await bus.describe('pushes');
    const record = await state.openLog({ bus_id: busId, topic: 'pushes', partitions, ends });
    if (record.generation !== this.#generation) log.info({ log: record }, 'the log is open');
    this.#generation = record.generation;
    return record;
  }
}
