// Erases a person: ends their sessions, then removes what is held of them: the inbox, the devices, the history.
import type { Archive } from '@message-push/archive';
import { ApiError, CLOSE, type ErasedView } from '@message-push/protocol';
import type { Clock } from '@message-push/runtime';
import type { Receiver, State } from '@message-push/state';
import type { Nodes } from './nodes.ts';

export interface EraseDeps {
  archive: Pick<Archive, 'erase'>;
  state: Pick<State, 'forgetDevices'> & { inboxes: Pick<State['inboxes'], 'erase'> };
  nodes: Pick<Nodes, 'disconnect' | 'closeBound' | 'presence'>;
  clock: Clock;
  /** Sessions are waited for this long until they have ended, milliseconds. */
  recallWaitMs: number;
}

const LOOK_EVERY_MS = 100;

/**
 * Promises: once answered, nothing that the inbox and the history had is delivered or found any more. It can be repeated, and a
 * repetition completes what an error cut short; only a device that state failed to free then is free after 30 days, by itself.
 * Sessions go first: one that is still open would write its place into the new inbox.
 */
export async function erase(deps: EraseDeps, receiver: Receiver): Promise<ErasedView> {
  const { archive, state } = deps;
  const { app, uid } = receiver;
  const sessions = await end(deps, receiver);
  const { devices } = await state.inboxes.erase(receiver);
  await state.forgetDevices(app, uid, devices);
  return { uid, sessions, deliveries: await archive.erase(app, uid) };
}

/**
 * Closes all sessions and waits until no node in the ring has one, those that came meanwhile included; answers how many were
 * closed. Records of nodes that are gone hold nobody up. Throws NODE_UNAVAILABLE when a node does not let go in time.
 */
async function end({ nodes, clock, recallWaitMs }: EraseDeps, { app, uid }: Receiver): Promise<number> {
  const until = clock.now() + recallWaitMs;
  let sessions = await nodes.disconnect({ app, uid, code: CLOSE.DISCONNECTED });
  for (;;) {
    sessions += await nodes.closeBound({ app, uid, code: CLOSE.DISCONNECTED });
    const [presence] = await nodes.presence(app, [uid]);
    if (presence?.online !== true) return sessions;
    if (clock.now() >= until) throw new ApiError('NODE_UNAVAILABLE');
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
