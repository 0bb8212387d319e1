// Documents written last, kept in memory with their versions: what is told next of the same push is stored without a read.
import { documentId, type Sheet } from './document.ts';

/**
 * Holds documents up to a number of deliveries. When half of it is full, the documents of the half before go all at once: to look for
 * the oldest one in a map that many have left costs more than the rest of a write.
 */
export class OpenSheets {
  readonly #halfMax: number;
  #sheets = new Map<string, Sheet>();
  #before = new Map<string, Sheet>();
  #deliveries = 0;

  constructor(max: number) {
    this.#halfMax = max / 2;
  }

  /** Takes a document out: whoever changes it puts it back once it is stored, or not at all. */
  take(id: string): Sheet | undefined {
    const sheet = this.#sheets.get(id) ?? this.#before.get(id);
    if (sheet === undefined) return undefined;
    if (this.#sheets.delete(id)) this.#deliveries -= weight(sheet);
    else this.#before.delete(id);
    return sheet;
  }

  keep(sheet: Sheet): void {
    const id = documentId(sheet.messageId, sheet.group);
    this.take(id);
    if (this.#deliveries + weight(sheet) > this.#halfMax) {
      this.#before = this.#sheets;
      this.#sheets = new Map();
      this.#deliveries = 0;
    }
    if (weight(sheet) > this.#halfMax) return;
    this.#sheets.set(id, sheet);
    this.#deliveries += weight(sheet);
  }
}

function weight({ deliveries }: Sheet): number {
  return 1 + deliveries.size;
}
