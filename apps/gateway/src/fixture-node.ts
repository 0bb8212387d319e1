// For tests: the node's end of the links, which does only what a test tells it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLinkServer, type Link, LinkError, type LinkServer } from '@message-push/link';
import { type BindFrame, type LinkFrame, SEQ_ZERO, type Seq, type StateFrame } from '@message-push/protocol';
import type { Registration, Registry } from '@message-push/registry';
import { Metrics, systemClock } from '@message-push/runtime';
import { atEnd, GATEWAYS, log, quickConfig, SECRET, secretOf } from './fixture-base.ts';
import { startWires, type Wires } from './fixture-wires.ts';

/** A node's end of the link: records what it hears, answers BIND with BOUND unless told otherwise. */
export interface NodeEnd {
  id: string;
  registration: Registration;
  frames: LinkFrame[];
  binds: BindFrame[];
  links: Link[];
  server: LinkServer;
  /** Replaces the answer to a BIND; undefined = none. */
  answer: (frame: BindFrame) => LinkFrame | undefined;
  down(target: BindFrame, content: string, seq?: Seq, online?: boolean): void;
  /** As kill -9: the port is closed and the links are cut. */
  kill(): Promise<void>;
  /** The wires to the gateways, each of which can be cut; only of a node that was started `wired`. */
  wires: Wires;
  /** Says on its links what it is, as the real one does. */
  say(state: StateFrame['state']): void;
}

export const bound = (frame: BindFrame): LinkFrame => ({
  type: 'bound',
  session: frame.session,
  bind: frame.bind,
  start: frame.enqueued,
  resumed: true,
  attached: true,
});

export async function startNode(
  registry: Registry,
  id: string,
  more: { incarnation?: string; port?: number; register?: boolean; wired?: boolean } = {},
): Promise<NodeEnd> {
  const http = createServer((_, response) => response.writeHead(404).end());
  const incarnation = more.incarnation ?? `${id}-${Math.random().toString(36).slice(2)}`;
  const frames: LinkFrame[] = [];
  const binds: BindFrame[] = [];
  const links: Link[] = [];
  const server = createLinkServer({
    server: http,
    self: { role: 'node', id, incarnation, load: () => 0, ringVersion: () => 0 },
    clusterSecrets: [SECRET, ...GATEWAYS.map(secretOf)],
    config: quickConfig(),
    clock: systemClock,
    log,
    metrics: new Metrics(),
    events: {
      onOpen: (link) => void links.push(link),
      onFrame(link, frame) {
        frames.push(frame);
        if (frame.type !== 'bind') return;
        binds.push(frame);
        const answer = node.answer(frame);
        if (answer !== undefined) link.send(answer);
      },
      onClose: (link) => void links.splice(links.indexOf(link), 1),
    },
  });
  await new Promise<void>((resolve) => http.listen(more.wired ? 0 : (more.port ?? 0), '127.0.0.1', resolve));
  // Listening on an address gives an AddressInfo.
  const { port } = http.address() as AddressInfo;
  const wires = await startWires(more.wired ? port : undefined, more.port);
  const address = `127.0.0.1:${wires.port ?? port}`;
  const registration: Registration = { role: 'node', id, incarnation, address, weight: 1, metadata: { state: 'up' } };
  let dead = false;
  const kill = async () => {
    if (dead) return;
    dead = true;
    const closed = new Promise((resolve) => http.close(resolve));
    await wires.close();
    for (const link of [...links]) link.drop(new LinkError('closed', 'killed'));
    await server.close();
    http.closeAllConnections();
    await closed;
  };
  const node: NodeEnd = {
    id,
    registration,
    frames,
    binds,
    links,
    server,
    answer: bound,
    down({ session, bind: number }, content, seq = SEQ_ZERO, online = false) {
      const text = `{"cmd":"RESPONSE","type":"MESSAGE","data":{"content":${JSON.stringify(content)}}}`;
      const targets = Uint32Array.of(session, number);
      for (const link of links) link.send({ type: 'down', seq, online, targets, bytes: Buffer.from(text) });
    },
    kill,
    wires,
    say(state) {
      for (const link of links) link.send({ type: 'state', state });
    },
  };
  if (more.register !== false) await registry.register(registration);
  atEnd(kill);
  return node;
}
