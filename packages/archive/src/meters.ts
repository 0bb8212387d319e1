// What an archive counts, whatever it is made of.
import { type Counter, counter, type Histogram, histogram, type Metrics } from '@message-push/runtime';

export interface Meters {
  written: Counter<'what'>;
  documents: Counter<'outcome'>;
  seconds: Histogram<'call'>;
}

export function metersOf(metrics: Metrics): Meters {
  return {
    written: counter(metrics, 'mp_archive_written_total', 'Pushes (per partition) and receipts written', ['what']),
    documents: counter(metrics, 'mp_archive_documents_total', 'Documents sent to Elasticsearch by their fate', [
      'outcome',
    ]),
    seconds: histogram(metrics, 'mp_archive_read_seconds', 'Time of reads', [0.005, 0.02, 0.1, 0.5, 2, 10], ['call']),
  };
}

/** The answer of a read, its time measured. */
export async function timed<T>(meters: Meters | undefined, call: string, work: () => Promise<T>): Promise<T> {
  const end = meters?.seconds.startTimer({ call });
  try {
    return await work();
  } finally {
    end?.();
  }
}
