// Erases a person from the documents: found by the terms of their receivers, stored without the delivery as any write is.
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { erasedMark } from '../erased-mark.ts';
import { unavailable } from './connection.ts';
import { groupsOf, receiverTerm, type Sheet, type Source, STATES } from './document.ts';
import type { Indices } from './indices.ts';
import type { Writer } from './writer.ts';

export interface EraseDeps {
  client: Client;
  indices: Indices;
  writer: Writer;
  /** For how long documents are tried again when none of them can be stored. */
  timeoutMs: number;
}

/** Documents changed at once: each may be of some 20 KB, and writes wait for them. */
const DOCUMENTS_MAX = 200;
const PAUSE_MS = 50;

/** Goes on until a search that sees all that was stored finds nothing; answers how many deliveries were removed. */
export async function erase(deps: EraseDeps, app: string, uid: string): Promise<number> {
  let removed = 0;
  for (let deadline = performance.now() + deps.timeoutMs; ; ) {
    const ids = await find(deps, app, uid);
    if (ids.length === 0) return removed;
    const stored = await deps.writer.change(ids, (sheet) => removeFrom(sheet, app, uid));
    removed += stored;
    if (stored > 0) deadline = performance.now() + deps.timeoutMs;
    else if (performance.now() > deadline) throw unavailable('documents of an erased person cannot be stored');
    else await pause(PAUSE_MS);
  }
}

async function find({ client, indices }: EraseDeps, app: string, uid: string) {
  const index = indices.alias;
  await client.indices.refresh({ index, ignore_unavailable: true });
  const receivers = STATES.map((state) => receiverTerm(state, uid));
  const { hits } = await client.search<Source>({
    ...{ index, ignore_unavailable: true, allow_partial_search_results: false },
    query: { bool: { filter: [{ term: { app } }, { terms: { receivers } }] } },
    ...{ size: DOCUMENTS_MAX, _source: ['message_id', 'group'], track_total_hits: false },
  });
  return hits.hits.flatMap(({ _source: source }) =>
    source === undefined ? [] : [{ messageId: source.message_id, group: source.group }],
  );
}

/** Answers whether the delivery was there. The document stays, so that what is told of it later finds the mark. */
function removeFrom(sheet: Sheet, app: string, uid: string): boolean {
  const { messageId, push, deliveries, erased } = sheet;
  if (push?.app !== app || !deliveries.delete(uid)) return false;
  erased.add(erasedMark(messageId, uid));
  if (groupsOf(push) === 1 && deliveries.size === 0 && erased.size >= push.accepted) {
    sheet.push = undefined;
    sheet.words = undefined;
  }
  return true;
}
