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

interface Opened {
  /** To state. */
  connection: number;
  record: Promise<LogRecord>;
}

/** State is told, and asked whether the generation is still the same, this often. */
const TELL_EVERY_MS = 2000;

/**
 * Promises: a record has the generation of its own log, never that of a log that came before or after it. A generation that others raised
 * is known before the first record of a partition that they may have read, and within two seconds otherwise.
 */
export class LogBook {
  #deps: LogBookDeps;
  #opened: Opened | undefined;
  #taken: LogRecord | undefined;
  #generation = 0;
  #seen: Record<number, number> = {};
  #told: Record<number, number> = {};
  #tellAt = 0;

  constructor(deps: LogBookDeps) {
    this.#deps = deps;
  }

  /**
   * The log that is there, or the one that records came from: rejects when that is not the one that is there. Opened once per log and
   * per connection to state: a state that lost its last seconds may have forgotten the generation.
   */
  async open(busId?: string): Promise<LogRecord> {
    const known = this.#opened;
    const record = await this.#record();
    if (busId === undefined || record.bus_id === busId) return record;
    // Somebody who came at the same time may have opened it again already.
    if (this.#opened === known) this.forget();
    const anew = await this.#record();
    if (anew.bus_id !== busId) throw new Error('these records are of a log that is not there any more');
    return anew;
  }

  /** What is known may be old: the log is opened again before the next record. */
  forget(): void {
    this.#opened = undefined;
  }

  /** The record of this offset was read, and has this generation. */
  saw(generation: number, partition: number, offset: number): void {
    if (generation !== this.#generation) return;
    if (offset > (this.#seen[partition] ?? -1)) this.#seen[partition] = offset;
  }

  /** Tells state what was seen, and hears whether others raised the generation; call it now and then. */
  async tell(): Promise<void> {
    const { clock, state, log } = this.#deps;
    const now = clock.now();
    if (now < this.#tellAt) return;
    this.#tellAt = now + TELL_EVERY_MS;
    const told = this.#told;
    const generation = this.#generation;
    const news = Object.entries(this.#seen).filter(([partition, offset]) => told[Number(partition)] !== offset);
    if (news.length === 0) return;
    const offsets = Object.fromEntries(news);
    try {
      await state.sawOffsets(generation, offsets);
      Object.assign(told, offsets);
      const present = (await state.logSeen())?.generation;
      if (present !== generation && generation === this.#generation) this.forget();
    } catch (cause) {
      log.debug({ err: cause }, 'state did not hear of the offsets seen; they are told again');
    }
  }

  async #record(): Promise<LogRecord> {
    const connection = this.#deps.state.connection();
    if (this.#opened?.connection !== connection) this.#opened = { connection, record: this.#open() };
    const opened = this.#opened;
    try {
      const record = await opened.record;
      if (this.#opened === opened) this.#take(record);
      return record;
    } catch (cause) {
      if (this.#opened === opened) this.forget();
      throw cause;
    }
  }

  async #open(): Promise<LogRecord> {
    const { bus, state } = this.#deps;
    const before = await state.logSeen();
    const { busId, partitions, ends } = await bus.describe('pushes');
    return state.openLog({ bus_id: busId, topic: 'pushes', partitions, ends, ...(before && { before }) });
  }

  #take(record: LogRecord): void {
    if (record === this.#taken) return;
    this.#taken = record;
    if (record.generation !== this.#generation) {
      this.#deps.log.info({ log: record }, 'the log is open');
      this.#seen = {};
    }
    // State may have forgotten what it was told.
    this.#told = {};
    this.#generation = record.generation;
  }
}
