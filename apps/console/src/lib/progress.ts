// A message while it is on its way: asked for again, less and less often, until there is nothing left to come.
import type { MessageRow } from '@message-push/protocol/admin';
import { useEffect, useState } from 'react';
import { useCadence } from './cadence.ts';
import { useDeliveries, useMessage, useReceipts } from './messages.ts';
import { isSettled } from './receipts.ts';

/** A message that nobody knows may still come to the history for so long. Wide enough for a clock here that is wrong by much. */
const YOUNG_MS = 3_600_000;

/**
 * The message, its deliveries, and every how many milliseconds both are asked for; false when it is over: the message is on record, and
 * all deliveries have arrived or ended; or it is not on record, and too old to come. Receipts go in as they come. `row` is the message
 * if it is at hand already.
 */
export function useProgress(id: string, row?: MessageRow) {
  useReceipts(id);
  const [isOver, setIsOver] = useState(false);
  const everyMs = useCadence(id, isOver);
  const message = useMessage(row === undefined ? id : undefined, everyMs);
  const isRecorded = Boolean(row ?? message.data);
  const deliveries = useDeliveries(id, isRecorded, everyMs);
  const rows = deliveries.data ?? [];
  const isDone = isRecorded ? rows.length > 0 && rows.every(isSettled) : message.data === null && !isYoung(id);
  useEffect(() => setIsOver(isDone), [isDone]);
  return { message, deliveries, everyMs };
}

function isYoung(id: string): boolean {
  return Math.abs(Date.now() - timeOfId(id)) < YOUNG_MS;
}

/** When the message of this id was accepted, in milliseconds of the epoch. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 12), 16);
}
