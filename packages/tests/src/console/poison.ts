// Two messages that could not be processed, on the bus of a data folder before a platform starts on it.
import { randomBytes } from 'node:crypto';
import { busFields, createBus } from '@message-push/bus';
import { deadLetterJson, messageIdAt } from '@message-push/protocol';
import { loadConfig, systemClock } from '@message-push/runtime';

/** The one whose push is whole: refused once, and taken when it is sent again. */
export const REFUSED = { app: 'demo', uid: 'poisoned', title: 'Refused once', reason: 'the entry was refused' };
/** The other one is a record that no consumer can read. */
export const UNREADABLE = { bytes: 'no json', reason: 'envelope is not JSON' };

const HOUR_S = 3_600;

export async function poison(dir: string): Promise<void> {
  const clock = systemClock;
  const bus = await createBus(loadConfig(busFields, {}), { dir, clock });
  const { app, uid, title, reason } = REFUSED;
  const now = clock.now();
  const push = {
    message_id: messageIdAt(now, randomBytes(10)),
    app,
    uids: [uid],
    message: { title, content: 'sent again by hand' },
    c_time: now,
    ttl_s: HOUR_S,
    accepted: 1,
  };
  await bus.publish('dead', [
    { partition: 0, value: deadLetterJson.encode({ v: 1, at: now, partition: 0, offset: 0, index: 0, reason, push }) },
  ]);
  await bus.publish('pushes', [{ partition: 0, value: Buffer.from(UNREADABLE.bytes) }]);
  await bus.close();
}
