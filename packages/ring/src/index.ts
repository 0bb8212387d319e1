// ring: which node a uid belongs to, by a Ketama hash ring. Pure: no I/O, no clock, MD5 comes in as a parameter.
export { type ListedNode, ownersOf, versionDiff } from './documents.ts';
export { buildRing, locate, type Md5, type Place, pointsByNode, type Ring, type RingMember } from './ring.ts';
export {
  changed,
  diff,
  type NodeShare,
  type RingChange,
  type RingDiff,
  type RingMove,
  type Simulation,
  shares,
  simulate,
} from './shares.ts';
