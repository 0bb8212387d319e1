// Registrations as instances of a Nacos service, and back: what is written is read again exactly.

import type { Registration } from './index.ts';
import type { Instance, Listed } from './nacos-api.ts';

/** What Nacos puts before the name of a service of the default group. */
export const SERVICE_GROUP = 'DEFAULT_GROUP@@';

/** Ours, among the metadata of the application. */
const ID = 'mp.id';
const INCARNATION = 'mp.incarnation';
const AT = 'mp.at';
const RESERVED = /^(?:mp|preserved)\./;

/** `at`: when it was said, epoch milliseconds; of two registrations with one id the later one counts. */
export function toInstance(
  { id, incarnation, address, weight, metadata }: Registration,
  at: number,
  beatMs: number,
): Instance {
  const reserved = Object.keys(metadata).find((key) => RESERVED.test(key));
  if (reserved !== undefined) throw new Error(`the metadata "${reserved}" of ${id} is reserved`);
  const colon = address.lastIndexOf(':');
  const port = Number(address.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port)) throw new Error(`the address "${address}" of ${id} is not host:port`);
  const own = { [ID]: id, [INCARNATION]: incarnation, [AT]: `${at}` };
  return { ip: address.slice(0, colon), port, weight, metadata: { ...metadata, ...own, ...lifetimes(beatMs) } };
}

/** The registrations of these instances that live, one an id, in the order of their ids. */
export function toRegistrations(role: Registration['role'], instances: Listed[]): Registration[] {
  const newest = new Map<string, { at: number; registration: Registration }>();
  for (const instance of instances) {
    if (!instance.healthy || !instance.enabled || instance.weight <= 0) continue;
    const registration = toRegistration(role, instance);
    if (registration === undefined) continue;
    const at = Number(instance.metadata[AT]);
    const other = newest.get(registration.id);
    if (other === undefined || at > other.at) newest.set(registration.id, { at, registration });
  }
  return sorted([...newest.values()].map(({ registration }) => registration));
}

/** The list, and who is known but not on it. */
export function withMissing(known: Registration[], list: Registration[]): Registration[] {
  const listed = new Set(list.map(({ id }) => id));
  return sorted([...list, ...known.filter(({ id }) => !listed.has(id))]);
}

/** True when the place of the instance is taken by another life, or by another process. */
export function isTaken(listed: Listed[], { ip, port, metadata }: Instance): boolean {
  const there = listed.find((other) => other.ip === ip && other.port === port);
  return there !== undefined && [ID, INCARNATION].some((key) => there.metadata[key] !== metadata[key]);
}

/** Undefined: somebody else's instance. */
function toRegistration(role: Registration['role'], { ip, port, weight, metadata }: Listed): Registration | undefined {
  const { [ID]: id, [INCARNATION]: incarnation } = metadata;
  if (id === undefined || incarnation === undefined) return undefined;
  const own = Object.entries(metadata).filter(([key]) => !RESERVED.test(key));
  return { role, id, incarnation, address: `${ip}:${port}`, weight, metadata: Object.fromEntries(own) };
}

/** How the server judges silence: unhealthy after three beats, gone after six; it looks every 5 s. */
function lifetimes(beatMs: number): Record<string, string> {
  return {
    'preserved.heart.beat.interval': `${beatMs}`,
    'preserved.heart.beat.timeout': `${beatMs * 3}`,
    'preserved.ip.delete.timeout': `${beatMs * 6}`,
  };
}

function sorted(list: Registration[]): Registration[] {
  return list.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
