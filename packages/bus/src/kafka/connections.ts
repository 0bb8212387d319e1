// The brokers of a cluster by their node id, each with its own connections, opened when first used.
import { type Address, type Broker, type DriverOptions, giveUp, isRetired, openBroker, retire } from './driver.ts';

const CLOSE_MS = 1000;

/**
 * A broker answers the requests of one connection one after the other, and some take long (joining a group, a fetch that waits, a
 * publish that waits for replicas): whoever sends such requests has Connections of its own.
 */
export class Connections {
  readonly #options: DriverOptions;
  readonly #addressOf: (nodeId: number) => Address | undefined;
  readonly #brokers = new Map<number, { broker: Broker; address: Address }>();
  #closed = false;

  constructor(options: DriverOptions, addressOf: (nodeId: number) => Address | undefined) {
    this.#options = options;
    this.#addressOf = addressOf;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Throws when the node is not known (yet); look at the metadata again. */
  broker(nodeId: number): Broker {
    const address = this.#addressOf(nodeId);
    if (this.#closed || address === undefined)
      throw new Error(this.#closed ? 'closed' : `broker ${nodeId} is not known`);
    const known = this.#brokers.get(nodeId);
    const same = known?.address.host === address.host && known.address.port === address.port;
    if (known && same && !isRetired(known.broker)) return known.broker;
    if (known) giveUp(known.broker);
    const broker = openBroker(this.#options, address);
    this.#brokers.set(nodeId, { broker, address });
    return broker;
  }

  /** The node is gone: what waits for its answer fails now. */
  lost(nodeId: number): void {
    const known = this.#brokers.get(nodeId);
    if (known !== undefined) giveUp(known.broker);
  }

  /** Requests under way are given a moment. */
  async close(withinMs = CLOSE_MS): Promise<void> {
    this.#closed = true;
    const brokers = [...this.#brokers.values()].map(({ broker }) => broker);
    this.#brokers.clear();
    brokers.forEach(retire);
    const timer = setTimeout(() => brokers.forEach(giveUp), withinMs);
    await Promise.allSettled(brokers.map((broker) => broker.disconnect()));
    clearTimeout(timer);
  }
}
