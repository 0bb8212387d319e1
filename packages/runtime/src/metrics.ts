// Metrics of one process (Prometheus text). Several applications may share a registry: a metric is made once, by name.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, Registry as Metrics };

/** The counter of this name, made at the first call. */
export function counter<L extends string>(
  metrics: Registry,
  name: string,
  help: string,
  labelNames: L[] = [],
): Counter<L> {
  // A metric of this name was made by this function, with the same labels.
  return (
    (metrics.getSingleMetric(name) as Counter<L> | undefined) ??
    new Counter({ name, help, labelNames, registers: [metrics] })
  );
}

/** One child of a counter, for hot paths: counting is an addition, where prom-client looks labels up each time. */
export interface Tally {
  inc(by?: number): void;
}

const TALLIES = new WeakMap<object, Map<string, Count>>();

/** The counter of this name with these labels; it is made at the first call, and its numbers are handed over when it is read. */
export function tally(metrics: Registry, name: string, help: string, labels: Record<string, string> = {}): Tally {
  const known = TALLIES.get(metrics.getSingleMetric(name) ?? metrics);
  const counts = known ?? new Map<string, Count>();
  if (known === undefined) {
    const made = new Counter({
      name,
      help,
      labelNames: Object.keys(labels),
      registers: [metrics],
      collect() {
        this.reset();
        for (const count of counts.values()) this.inc(count.labels, count.total);
      },
    });
    TALLIES.set(made, counts);
  }
  const key = JSON.stringify(labels);
  const count = counts.get(key) ?? new Count(labels);
  counts.set(key, count);
  return count;
}

class Count implements Tally {
  readonly labels: Record<string, string>;
  total = 0;

  constructor(labels: Record<string, string>) {
    this.labels = labels;
  }

  inc(by = 1): void {
    this.total += by;
  }
}

/** The gauge of this name, made at the first call. */
export function gauge<L extends string>(metrics: Registry, name: string, help: string, labelNames: L[] = []): Gauge<L> {
  // As above.
  return (
    (metrics.getSingleMetric(name) as Gauge<L> | undefined) ??
    new Gauge({ name, help, labelNames, registers: [metrics] })
  );
}

/** The histogram of this name, made at the first call; buckets in the unit of the name. */
export function histogram<L extends string>(
  metrics: Registry,
  name: string,
  help: string,
  buckets: number[],
  labelNames: L[] = [],
): Histogram<L> {
  // As above.
  return (
    (metrics.getSingleMetric(name) as Histogram<L> | undefined) ??
    new Histogram({ name, help, buckets, labelNames, registers: [metrics] })
  );
}

/**
 * Adds what every process has to tell: CPU, memory, open resources. Read when asked for: prom-client's own collection
 * keeps timers and a garbage-collection observer running, which an idle platform pays for all day.
 */
export function processMetrics(metrics: Registry): void {
  const read = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers: [metrics],
      collect() {
        this.set(value());
      },
    });
  read('process_cpu_seconds_total', 'CPU time of the process.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  read('process_resident_memory_bytes', 'Resident set size.', () => process.memoryUsage.rss());
  read('nodejs_heap_size_used_bytes', 'Used heap of the main thread.', () => process.memoryUsage().heapUsed);
  read(
    'nodejs_active_resources',
    'Sockets, timers and requests that are open.',
    () => process.getActiveResourcesInfo().length,
  );
}
