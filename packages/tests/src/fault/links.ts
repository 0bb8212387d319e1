// One link between a gateway and a node fails, and no other: its sessions go on at other nodes, and the node is convicted by nobody.
import type { ProxyCommand, ProxyProcess, TcpProxyCounts } from '@message-push/testkit';
import { type Fault, ownersBy, type World, wait } from './faults.ts';
import type { Guest } from './guest.ts';

type Proxied = Guest & { proxy: ProxyProcess };

interface LinkFault {
  name: string;
  ms: number;
  inflict: ProxyCommand[];
  /** The gateway loses the node by it, and says so. Undefined: that is left open. */
  breaks?: boolean;
}

const SEEN_MS = 15_000;
const BACK_MS = 30_000;
const LOOK_MS = 50;

/** The connection is reset, and each new one. */
export const linkCut = (ms: number) => linkFault({ name: 'cut', ms, inflict: [['cut']], breaks: true });

/** Bytes vanish both ways, without an end of the connection. */
export const linkSilent = (ms: number) => linkFault({ name: 'silent', ms, inflict: [['blackhole']], breaks: true });

/** The gateway hears the node, the node hears nothing. */
export const linkDeafNode = (ms: number) =>
  linkFault({ name: 'half-open, the node is deaf', ms, inflict: [['halfOpen', 'to-target']], breaks: true });

/** The node hears the gateway, the gateway hears nothing. */
export const linkDeafGateway = (ms: number) =>
  linkFault({
    name: 'half-open, the gateway is deaf',
    ms,
    inflict: [['halfOpen', 'to-client']],
    breaks: true,
  });

/** Every byte is late, each way. */
export const linkLate = (ms: number, delayMs: number) =>
  linkFault({ name: `late by ${delayMs} ms`, ms, inflict: [['delay', delayMs]], breaks: false });

/** Bytes come late and a few at a time: more messages come than get through. */
export const linkTrickle = (ms: number, bytesPerS: number) =>
  linkFault({
    name: `slow (${bytesPerS} bytes/s)`,
    ms,
    inflict: [
      ['delay', 100],
      ['throttle', bytesPerS],
    ],
  });

/** Throws when the ring changes by it, or when it did not happen. */
function linkFault({ name, ms, inflict, breaks }: LinkFault): Fault {
  return {
    name: `link ${name}`,
    async apply(world) {
      const guest = guestOf(world);
      const { proxy } = guest;
      const sessionsBefore = await whole(world, guest);
      const before = await world.state.ring.read();
      const bytes = bytesOf(await proxy.tell('counts'));
      const from = Date.now();
      for (const command of inflict) await proxy.tell(...command);
      if (breaks === true)
        await until(
          async () => !(await isLinked(world, guest)),
          SEEN_MS,
          () => `${guest.gateway} misses ${guest.id}`,
        );
      await wait(Math.max(0, ms - (Date.now() - from)));
      const { sessions } = await guest.stats();
      const linked = await isLinked(world, guest);
      const after = await world.state.ring.read();
      const counts = await proxy.tell('heal');
      if (after.version !== before.version) throw new Error(`one link changed the ring: ${after.cause}`);
      if (breaks === true && (linked || sessions >= sessionsBefore))
        throw new Error(
          `the link was not ${name}: ${linked ? 'linked' : 'not linked'}, ${sessionsBefore} sessions, then ${sessions}, ${JSON.stringify(counts)}`,
        );
      if (breaks === false && !linked) throw new Error(`the link broke when it was ${name}`);
      return (
        `${guest.id} was ${linked ? 'linked' : 'not linked'} with ${guest.gateway}, had ${sessionsBefore} sessions and then ${sessions}, ` +
        `${bytesOf(counts) - bytes} bytes passed, ring version ${before.version} stayed`
      );
    },
    async mend(world) {
      await whole(world, guestOf(world));
    },
  };
}

/** Resolves with the number of sessions of the guest once all that it owns by the ring are there. */
async function whole(world: World, guest: Guest): Promise<number> {
  const owner = ownersBy(await world.state.ring.read());
  const owned = world.crowd.people.filter(({ uid }) => owner(uid) === guest.id).length;
  let seen = '';
  const isWhole = async () => {
    const linked = await isLinked(world, guest);
    const { sessions } = await guest.stats();
    seen = `${linked ? 'linked' : 'not linked'}, ${sessions} sessions`;
    return linked && sessions === owned;
  };
  await until(
    isWhole,
    BACK_MS,
    () => `${guest.gateway} is linked with ${guest.id}, which has ${owned} sessions (now ${seen})`,
  );
  return owned;
}

function guestOf({ guest }: World): Proxied {
  if (guest?.proxy === undefined) throw new Error('this campaign has no node behind a proxy');
  return { ...guest, proxy: guest.proxy };
}

function bytesOf({ bytesToClient, bytesToTarget }: TcpProxyCounts): number {
  return bytesToClient + bytesToTarget;
}

/** By the gateway's own word: what it tells the other gateways lists the nodes that it misses. */
async function isLinked({ state }: World, { id, gateway }: Guest): Promise<boolean> {
  const told = (await state.announced('links')).find((each) => each.id === gateway);
  if (told === undefined) throw new Error(`${gateway} says nothing of its links`);
  // written by the gateway: {nodes: [{id, link, …}]}
  const { nodes } = JSON.parse(told.data) as { nodes: { id: string; link: string }[] };
  return nodes.every((node) => node.id !== id || node.link === 'open');
}

async function until(isTrue: () => Promise<boolean>, ms: number, what: () => string): Promise<void> {
  const end = Date.now() + ms;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what()}`);
    await wait(LOOK_MS);
  }
}
