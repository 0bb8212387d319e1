// The nodes as the registry lists them, followed while the api runs.
import type { Registration, Registry } from '@message-push/registry';

export class Registered {
  readonly #registry: Pick<Registry, 'watch'>;
  #nodes: readonly Registration[] | undefined;
  #stop: (() => void) | undefined;

  constructor(registry: Pick<Registry, 'watch'>) {
    this.#registry = registry;
  }

  start(): void {
    this.#stop ??= this.#registry.watch('node', (list) => {
      this.#nodes = list;
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /** As last heard; undefined while the registry has told nothing. What it says is a hint. */
  nodes(): readonly Registration[] | undefined {
    return this.#nodes;
  }
}
