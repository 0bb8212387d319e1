// Documents written last, kept in memory with their versions: what is told next of the same push is stored without a read.
import { documentId, type Sheet } from './document.ts';

/** Holds documents up to a number of deliveries; those not touched for longest go first. */
export class OpenSheets {
  readonly #max: number;
  readonly #sheets = new Map<string, Sheet>();
  #deliveries = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Takes a document out: whoever changes it puts it back once it is stored, or not at all. */
  take(id: string): Sheet | undefined {
    const sheet = this.#sheets.get(id);
    if (sheet === undefined) return undefined;
    this.#sheets.delete(id);
    this.#deliveries -= weight(sheet);
    return sheet;
  }

  keep(sheet: Sheet): void {
    const id = documentId(sheet.messageId, sheet.group);
    this.take(id);
    this.#sheets.set(id, sheet);
    this.#deliveries += weight(sheet);
    for (const oldest of this.#sheets.keys()) {
      if (this.#deliveries <= this.#max) return;
      this.take(oldest);
    }
  }
}

function weight({ deliveries }: Sheet): number {
  return 1 + deliveries.size;
}
