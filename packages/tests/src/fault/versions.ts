// What a node of another version does in a cluster of this one: it takes sessions, delivers, answers, and leaves without loss.
import { backEnd, LegacyClient } from '@message-push/testkit';
import { type Fault, onRing, ownersBy, type World } from './faults.ts';
import type { Guest } from './guest.ts';

/** The version that landed before this one. */
export const PREVIOUS = 'b1bf75c78f2146a9cc3d4366e38a97523dd41bff';

const CLOSED_BY_APP = 4503;

/** Somebody who belongs to the guest comes, gets a message, is listed by the api, and is disconnected by it. */
export const guestServes: Fault = {
  name: 'node of the version before serves',
  async apply(world) {
    const { cluster } = world;
    const guest = guestOf(world);
    const uid = await uidOf(world, guest);
    const back = backEnd(cluster.run);
    const { app_id: app } = cluster.run.demo;
    const client = await LegacyClient.login({ url: cluster.gateways[0] ?? '', token: await back.token(uid), app });
    await back.push([uid], 'through the other version');
    await client.until(() => client.messages().some(({ content }) => content === 'through the other version'));
    const listed = (await back.call('GET', `/users/${uid}/sessions`)).body.data?.map(({ node }) => node);
    const closed = (await back.call('POST', `/users/${uid}/disconnect`)).body.data;
    const { code } = await client.until(() => client.closed);
    if (listed?.join() !== guest.id || closed?.[0]?.sessions !== 1 || code !== CLOSED_BY_APP)
      throw new Error(`listed at ${listed}, disconnected ${JSON.stringify(closed)}, closed with ${code}`);
    const { sessions, deliveries_total } = await guest.stats();
    if (sessions === 0 || deliveries_total === 0) throw new Error('nothing goes through it');
    return `${guest.program} has ${sessions} sessions and made ${deliveries_total} deliveries; ${uid} was served and disconnected there`;
  },
};

/** SIGTERM: its sessions move to nodes of this version. */
export const guestLeaves: Fault = {
  name: 'node of the version before leaves',
  async apply(world) {
    const guest = guestOf(world);
    const { sessions, deliveries_total } = await guest.stats();
    const code = await guest.leave();
    await onRing(world, (ids) => !ids.includes(guest.id));
    if (sessions === 0 || code !== 0) throw new Error(`it had ${sessions} sessions and ended with ${code}`);
    return `it had ${sessions} sessions and ${deliveries_total} deliveries made, ended with ${code} and is off the ring`;
  },
};

function guestOf({ guest }: World): Guest {
  if (guest === undefined) throw new Error('this campaign has no node of another version');
  return guest;
}

/** Nobody of the crowd. */
async function uidOf({ state }: World, { id }: Guest): Promise<string> {
  const owner = ownersBy(await state.ring.read());
  for (let i = 0; ; i++) if (owner(`visitor-${i}`) === id) return `visitor-${i}`;
}
