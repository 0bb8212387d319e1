// The brokers of a cluster by their node id, each with its own connections, opened when first used.
import { type Address, type Broker, type DriverOptions, openBroker } from './driver.ts';

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

  /** Throws when the node is not known (yet); look at the metadata again. */
  broker(nodeId: number): Broker {
    const address = this.#addressOf(nodeId);
    if (this.#closed || address === undefined)
      throw new Error(this.#closed ? 'closed' : `broker ${nodeId} is not known`);
    const known = this.#brokers.get(nodeId);
    if (known?.address.host === address.host && known.address.port === address.port) return known.broker;
    void known?.broker.disconnect();
    const broker = openBroker(this.#options, address);
    this.#brokers.set(nodeId, { broker, address });
    return broker;
  }

  /** Requests under way are given a moment. */
  async close(): Promise<void> {
    this.#closed = true;
    const closing = Promise.allSettled([...this.#brokers.values()].map(({ broker }) => broker.disconnect()));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([closing, late]);
    clearTimeout(timer);
  }
}
