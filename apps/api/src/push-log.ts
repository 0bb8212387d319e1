// The log of pushes as this api knows it: how many partitions it has, also after it was made anew with another number of them.
import type { Bus } from '@message-push/bus';
import type { Log } from '@message-push/runtime';
import type { LogRecord, State } from '@message-push/state';

export interface PushLogDeps {
  bus: Pick<Bus, 'describe'>;
  state: Pick<State, 'logSeen' | 'openLog'>;
  log: Log;
}

export class PushLog {
  readonly #deps: PushLogDeps;
  readonly #onPartitions: () => void;
  #record: LogRecord | undefined;

  /** `onPartitions`: their number is another one; what was cut into the old ones must not go to the new ones. */
  constructor(deps: PushLogDeps, onPartitions: () => void) {
    this.#deps = deps;
    this.#onPartitions = onPartitions;
  }

  /** Undefined until the log was opened. */
  get partitions(): number | undefined {
    return this.#record?.partitions;
  }

  /** Opens the log unless the one that is there is open. Rejects while bus or state is away; what was known stays. */
  async open(): Promise<void> {
    const { bus, state, log } = this.#deps;
    const known = this.#record;
    if (known !== undefined && known.bus_id === (await bus.describe('pushes')).busId) return;
    const before = await state.logSeen();
    // The ends must have been read after what was seen.
    const { busId, partitions, ends } = await bus.describe('pushes');
    this.#record = await state.openLog({ bus_id: busId, topic: 'pushes', partitions, ends, ...(before && { before }) });
    log.info({ log: this.#record }, 'the log of pushes is open');
    if (known !== undefined && known.partitions !== this.#record.partitions) this.#onPartitions();
  }
}
