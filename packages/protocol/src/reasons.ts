// Why a delivery ended where it ended: each reason as a code, and as the sentence that records carry.

/** Codes name a reason in queries and in the catalogues of the console; sentences are what receipts and dead letters say. */
export const REASONS = {
  inbox_full: 'inbox full',
  too_late: 'its time was over before it reached an inbox',
  nobody_online: 'nobody was online',
  unreadable: 'the push cannot be read',
  refused: 'the inbox refuses it',
  no_answer: 'state gave no answer',
  letter_unreadable: 'the letter itself cannot be read',
  time_over: 'time-to-live ended',
  recalled: 'recalled',
  unknown: 'unknown',
} as const;
export type ReasonCode = keyof typeof REASONS;

/** Reasons that deliveries are found by: the others are in no receipt. */
export const RECORDED_REASONS = [
  'inbox_full',
  'too_late',
  'nobody_online',
  'unreadable',
  'refused',
  'no_answer',
] as const satisfies ReasonCode[];

/** A reason with what is to be said about this one case. */
export function reasonText(code: ReasonCode, detail: string): string {
  return `${REASONS[code]}: ${detail}`;
}

/** The code of a sentence and what it says besides; undefined for one that is in no table. */
export function readReason(text: string): { code: ReasonCode; detail?: string } | undefined {
  for (const [name, sentence] of Object.entries(REASONS)) {
    const code = name as ReasonCode; // entries widens the names of the table
    if (text === sentence) return { code };
    if (text.startsWith(`${sentence}: `)) return { code, detail: text.slice(sentence.length + 2) };
  }
  return undefined;
}
