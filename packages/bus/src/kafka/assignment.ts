// Who of a group reads which partitions: evenly, moving as few as possible, and never to a member while another still has them.
import { AssignerProtocol } from 'kafkajs';

export interface GroupMember {
  id: string;
  /** Partitions that it reads now, and the generation of the group in which it was given them. */
  owned: number[];
  generation: number;
}

/**
 * The partitions of each member for one generation. One that moves is given to nobody as long as its present reader claims it: that
 * one gives it up, joins again, and the next generation has it for the new reader. So all others read on during a change.
 */
export function assign(partitions: number, members: GroupMember[]): Map<string, number[]> {
  const owner = owners(partitions, members);
  const target = shares(partitions, members, owner);
  const given = new Map<string, number[]>();
  for (const [id, wanted] of target) {
    const free = wanted.filter((partition) => (owner.get(partition) ?? id) === id);
    given.set(
      id,
      free.sort((a, b) => a - b),
    );
  }
  return given;
}

/** Who reads each partition now. Of two that claim it, the one of the later generation; of two of the same, nobody can know: neither. */
function owners(partitions: number, members: GroupMember[]): Map<number, string> {
  const claims = new Map<number, { id: string; generation: number }>();
  for (const { id, owned, generation } of members) {
    for (const partition of owned) {
      if (partition >= partitions) continue;
      const other = claims.get(partition);
      if (other === undefined || other.generation < generation) claims.set(partition, { id, generation });
      else if (other.generation === generation) claims.set(partition, { id: NOBODY, generation });
    }
  }
  return new Map([...claims].map(([partition, { id }]) => [partition, id]));
}

/** No member has this id. */
const NOBODY = '';

/** Even shares: each member keeps what it has up to its share, the rest goes to those with the fewest. */
function shares(partitions: number, members: GroupMember[], owner: Map<number, string>): Map<string, number[]> {
  const has = new Map(members.map(({ id }) => [id, [] as number[]]));
  for (const [partition, id] of [...owner].sort(([a], [b]) => a - b)) has.get(id)?.push(partition);
  const byLoad = [...has].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));
  const least = Math.floor(partitions / members.length);
  let larger = partitions % members.length;
  const loose: number[] = [];
  const room: { kept: number[]; share: number }[] = [];
  const kept = new Set<number>();
  const target = new Map<string, number[]>();
  for (const [id, own] of byLoad) {
    const share = larger > 0 ? least + 1 : least;
    larger -= larger > 0 ? 1 : 0;
    const keeps = own.slice(0, share);
    for (const partition of keeps) kept.add(partition);
    target.set(id, keeps);
    room.push({ kept: keeps, share });
  }
  for (let partition = 0; partition < partitions; partition++) if (!kept.has(partition)) loose.push(partition);
  for (const { kept: keeps, share } of room) keeps.push(...loose.splice(0, share - keeps.length));
  return target;
}

/** Name of these rules in the group: all members have to have it in common. */
export const PROTOCOL = 'message-push-sticky';

export function encodeMember(topic: string, { owned, generation }: Omit<GroupMember, 'id'>): Buffer {
  const userData = Buffer.from(JSON.stringify({ v: 1, owned, generation }));
  return AssignerProtocol.MemberMetadata.encode({ version: 0, topics: [topic], userData });
}

/** What is not readable claims nothing. */
export function decodeMember(id: string, metadata: Buffer): GroupMember {
  try {
    const userData = AssignerProtocol.MemberMetadata.decode(metadata)?.userData;
    const { owned, generation } = JSON.parse(String(userData));
    if (Array.isArray(owned) && owned.every(Number.isInteger) && Number.isInteger(generation))
      return { id, owned, generation };
  } catch {}
  return { id, owned: [], generation: -1 };
}

export function encodeAssignment(topic: string, partitions: number[]): Buffer {
  return AssignerProtocol.MemberAssignment.encode({
    version: 0,
    assignment: { [topic]: partitions },
    userData: Buffer.alloc(0),
  });
}

export function decodeAssignment(topic: string, assignment: Buffer): number[] {
  if (assignment.length === 0) return [];
  return AssignerProtocol.MemberAssignment.decode(assignment)?.assignment[topic] ?? [];
}
