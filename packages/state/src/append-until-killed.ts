// Run by the conformance suite as a process of its own: appends entries to two receivers and prints each that was answered.
import { INBOX_LIMITS } from '@message-push/delivery';
import { formatSeq } from '@message-push/protocol';
import { createEmbeddedState } from './embedded.ts';
import { createRedisState } from './redis/redis.ts';

/** A directory, or the options of a state on Redis as JSON. */
const [, , place = '', now = '0'] = process.argv;
const clock = { now: () => Number(now) };
const inboxLimits = { ...INBOX_LIMITS, entriesMax: 100_000, bytesMax: 1e9 };
const state = place.startsWith('{')
  ? await createRedisState({ ...JSON.parse(place), clock, inboxLimits })
  : await createEmbeddedState({ dir: place, clock, inboxLimits });
for (let offset = 1; ; offset++) {
  const seq = formatSeq({ generation: 1, offset, index: 0 });
  const entry = {
    seq,
    message_id: offset.toString(16).padStart(32, '0'),
    expires_at: clock.now() + 3_600_000,
    c_time: clock.now(),
    message: { content: 'x'.repeat(offset % 2 === 0 ? 10 : 2000) },
  };
  const uid = offset % 2 === 0 ? 'k2' : 'k1';
  await state.inboxes.append([{ app: 'shop', uid, entry }]);
  process.stdout.write(`${uid} ${seq}\n`);
}
