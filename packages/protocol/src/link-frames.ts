// Frames of the link between a gateway and a node (WebSocket sub-protocol mp-link.1). Shapes here, bytes in link-codec.ts.
import type { Seq } from './ids.ts';

export const LINK_PROTOCOL = 'mp-link.1';
export const LINK_PATH = '/v1/inner/link';

/** First frame of each side. */
export interface HelloFrame {
  type: 'hello';
  role: 'gateway' | 'node';
  id: string;
  incarnation: string;
  /** Link versions this side speaks. */
  versions: number[];
  ring_version: number;
}

/** Gateway → node: this session is yours from now on. Sequences are SEQ_ZERO where there is none. */
export interface BindFrame {
  type: 'bind';
  /** Number of the session within this gateway incarnation, below 2^32. */
  session: number;
  /** Counts the binds of this session; frames of an older bind are void. */
  bind: number;
  session_id: string;
  app: string;
  uid: string;
  /** `d:<device id>` for a device that names itself, else `p:<platform>`. */
  scope: string;
  platform: string;
  /** Epoch milliseconds of the LOGIN. */
  since: number;
  /** Issue time of the token in epoch seconds, 0 = unknown; compared with the user's revocations. */
  issued_at: number;
  /** The client acknowledges: its cursor follows `acked`, else `written`. */
  ack: boolean;
  /** Not the first BIND of this session: never a first sight of its scope. */
  repeat: boolean;
  /** Ring version by which the gateway chose this node. */
  ring_version: number;
  /** Highest sequence enqueued to, written to and acknowledged by the client. A client's cursor of LOGIN comes as `acked`. */
  enqueued: Seq;
  written: Seq;
  acked: Seq;
}

/** Node → gateway: bound. */
export interface BoundFrame {
  type: 'bound';
  session: number;
  bind: number;
  /** Position from which the node sends; SEQ_ZERO with `attached` false. */
  start: Seq;
  /** False when something past the client's cursor was evicted or expired. */
  resumed: boolean;
  /** False when state is away: the session is taken and catches up later. */
  attached: boolean;
}

/** Node → gateway: not bound, and the close code to give the client (0 = choose another node). */
export interface RefusedFrame {
  type: 'refused';
  session: number;
  bind: number;
  code: number;
  reason: string;
}

/** Node → gateway: write these bytes (one client frame) to each of these sessions, as [session, bind] pairs flattened. */
export interface DownFrame {
  type: 'down';
  seq: Seq;
  /** The message has no place in the inbox: `seq` tells it from others, and is no position of its sessions. */
  online: boolean;
  targets: Uint32Array;
  bytes: Uint8Array;
}

/** Node → gateway: close the client's socket. It is for the session, also when that was bound elsewhere meanwhile. */
export interface CloseFrame {
  type: 'close';
  session: number;
  /** The one that the node knew; it tells nothing more. */
  bind: number;
  code: number;
  reason: string;
}

/** Gateway → node: the session moved away or ended. `ended`: no other node has it. */
export interface UnbindFrame {
  type: 'unbind';
  session: number;
  bind: number;
  ended: boolean;
}

/** Gateway → node: positions that grew, per session. */
export interface PositionsFrame {
  type: 'written' | 'acked';
  positions: { session: number; bind: number; seq: Seq }[];
}

/** Node → gateway: whether it takes sessions. Sent when it changes, and first on a link of a draining node; until then it is up. */
export interface StateFrame {
  type: 'state';
  state: 'up' | 'draining';
}

/** Both ways, sub-second. `load` is the sender's sessions. */
export interface PingFrame {
  type: 'ping' | 'pong';
  /** Epoch milliseconds of the ping's sender, echoed. */
  t: number;
  load: number;
  ring_version: number;
}

export type LinkFrame =
  | HelloFrame
  | BindFrame
  | BoundFrame
  | RefusedFrame
  | DownFrame
  | CloseFrame
  | UnbindFrame
  | PositionsFrame
  | StateFrame
  | PingFrame;
