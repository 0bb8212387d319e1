// What the simulated processes share: the ring, the bus, the links, and who is alive.
import { formatSeq, type MessageId, type RingDocument, type Seq } from '@message-push/protocol';
import type { InboxLimits } from '../types.ts';
import { Ledger } from './ledger.ts';
import type { Published } from './push.ts';
import { Proc, type Sim } from './sim.ts';
import type { SimClient } from './sim-client.ts';
import type { SimConsumer } from './sim-consumer.ts';
import type { SimGateway } from './sim-gateway.ts';
import type { Link, SimNode } from './sim-node.ts';
import { SimState } from './sim-state.ts';

/** Times and sizes of the simulated world, all smaller than in the real one but in the same order. */
export interface Scale {
  limits: InboxLimits;
  lossWindowMs: number;
  /** Unwritten bytes a session may have. */
  roomMax: number;
  /** A socket that takes nothing for this long is closed. */
  slowMs: number;
  /** A BIND without an answer is tried at the next node after this. */
  bindMs: number;
  onlineOnlyMs: number;
}

export class World {
  readonly sim: Sim;
  readonly ledger: Ledger;
  readonly state: SimState;
  readonly scale: Scale;
  readonly partitions: number;
  readonly logs: Published[][][];
  readonly committed: number[];
  /** The member that may commit, per partition. */
  readonly assigned: (SimConsumer | undefined)[];
  ring: RingDocument = { version: 0, epoch: 1, nodes: [], at: 0, cause: 'start' };
  nodes: SimNode[] = [];
  gateways: SimGateway[] = [];
  consumers: SimConsumer[] = [];
  clients: SimClient[] = [];
  links: Link[] = [];
  /** The gateways' elected leader: writes the ring, whoever dies. */
  readonly leader: Proc;
  private lives = 0;
  private ids = 0;

  constructor(sim: Sim, scale: Scale, partitions: number) {
    this.sim = sim;
    this.scale = scale;
    this.partitions = partitions;
    this.ledger = new Ledger(sim);
    this.state = new SimState(sim, this.ledger, scale.limits, scale.lossWindowMs);
    this.logs = Array.from({ length: partitions }, () => []);
    this.committed = this.logs.map(() => 0);
    this.assigned = this.logs.map(() => undefined);
    this.leader = new Proc(sim, 'leader');
  }

  incarnation(): string {
    this.lives += 1;
    return String(this.lives);
  }

  messageId(): MessageId {
    this.ids += 1;
    return this.sim.now.toString(16).padStart(12, '0') + this.ids.toString(16).padStart(20, '0');
  }

  partition(uid: string): number {
    return hash(uid) % this.partitions;
  }

  publish(record: Published[]): void {
    const first = record[0];
    if (first === undefined) return;
    const partition = this.partition(first.push.uid);
    this.logs[partition]?.push(record);
  }

  /** Stores a new version and lets everybody learn of it in their own time. */
  writeRing(cause: string, nodes: RingDocument['nodes']): void {
    if (nodes.length === 0) return;
    this.ring = { version: this.ring.version + 1, epoch: 1, nodes, at: this.sim.now, cause };
    const { ring } = this;
    this.sim.note(
      () =>
        `RING ${ring.version} ${cause}: ${nodes.map((n) => `${n.id}/${n.incarnation}${n.state === 'up' ? '' : '-'}`)}`,
    );
    const readers = [...this.nodes, ...this.gateways, ...this.consumers];
    for (const reader of readers) reader.after(this.sim.random.int(300), () => reader.learnRing(ring));
  }

  join(node: SimNode): void {
    // A ring that froze because nobody was left holds incarnations that have died since.
    const gone = new Set(
      this.nodes.filter((other) => !other.alive || other.convicted).map((other) => other.incarnation),
    );
    const others = this.ring.nodes.filter((other) => other.id !== node.id && !gone.has(other.incarnation));
    const entry = { id: node.id, incarnation: node.incarnation, address: node.id, weight: 1, state: 'up' as const };
    this.writeRing(`${node.name} joins`, [...others, entry]);
  }

  /** The ring gives a node up: because it died, was silent, or by mistake. */
  convict(node: SimNode): void {
    const rest = this.ring.nodes.filter((other) => other.incarnation !== node.incarnation);
    if (rest.length < this.ring.nodes.length) this.writeRing(`${node.name} out`, rest);
  }
}

/** Where a session should be, and the next places: draining nodes last. */
export function places(uid: string, ring: RingDocument): RingDocument['nodes'] {
  const up = ring.nodes.filter((node) => node.state === 'up').sort((a, b) => (a.id < b.id ? -1 : 1));
  const draining = ring.nodes.filter((node) => node.state === 'draining');
  const first = up.length === 0 ? 0 : hash(uid) % up.length;
  return [...up.slice(first), ...up.slice(0, first), ...draining];
}

export function seqAt(offset: number, index: number): Seq {
  return formatSeq({ generation: 1, offset, index });
}

function hash(text: string): number {
  let h = 7;
  for (let i = 0; i < text.length; i++) h = (h * 31 + text.charCodeAt(i)) % 1_000_003;
  return h;
}
