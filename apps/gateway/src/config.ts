// Settings of a gateway: every limit it keeps, with its unit and default.
import { linkFields } from '@message-push/link';
import { type Config, field, flag, int } from '@message-push/runtime';
import { z } from 'zod';

const MS = { unit: 'ms' };
const BYTES = { unit: 'bytes' };
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim().toLowerCase())
      .filter((item) => item !== ''),
  );

/** Sessions: how long they wait, how much they may hold and send. */
const sessionFields = {
  gatewayLoginTimeoutMs: field(
    'GATEWAY_LOGIN_TIMEOUT_MS',
    int(10_000, 100, 600_000),
    'A client must log in within this.',
    MS,
  ),
  gatewayBoundWaitMs: field(
    'GATEWAY_BOUND_WAIT_MS',
    int(1000, 10, 60_000),
    'A LOGIN is answered after this even if no node has taken the session yet.',
    MS,
  ),
  gatewayPingMinMs: field(
    'GATEWAY_PING_MIN_MS',
    int(25_000, 10, 600_000),
    'Shortest pause between pings to a client.',
    MS,
  ),
  gatewayPingMaxMs: field(
    'GATEWAY_PING_MAX_MS',
    int(30_000, 10, 600_000),
    'Longest pause between pings to a client.',
    MS,
  ),
  gatewaySilenceMs: field(
    'GATEWAY_SILENCE_MS',
    int(60_000, 50, 3_600_000),
    'A client that was silent this long is closed.',
    MS,
  ),
  gatewayHeartbeatS: field(
    'GATEWAY_HEARTBEAT_S',
    int(25, 1, 3600),
    'What a LOGIN answer advises as pause of heartbeats.',
    {
      unit: 's',
    },
  ),
  gatewayFrameBytesMax: field(
    'GATEWAY_FRAME_BYTES_MAX',
    int(65_536, 1024, 16_777_216),
    'Largest frame of a client.',
    BYTES,
  ),
  gatewayFramesPerSecond: field(
    'GATEWAY_FRAMES_PER_SECOND',
    int(20, 1, 100_000),
    'Frames a client may send in the long run.',
  ),
  gatewayFramesBurst: field('GATEWAY_FRAMES_BURST', int(60, 1, 100_000), 'Frames a client may send at once.'),
  gatewayOutboundBytesMax: field(
    'GATEWAY_OUTBOUND_BYTES_MAX',
    int(1024 * 1024, 1024, 1024 * 1024 * 1024),
    'A client with more unsent bytes is closed.',
    BYTES,
  ),
  gatewayOutboundMs: field(
    'GATEWAY_OUTBOUND_MS',
    int(30_000, 100, 3_600_000),
    'A client whose oldest unsent byte waited this long is closed.',
    MS,
  ),
  gatewayCloseMs: field(
    'GATEWAY_CLOSE_MS',
    int(5000, 10, 60_000),
    'A closed client must answer within this, then its socket is cut.',
    MS,
  ),
};

/** How many there may be of what. */
const limitFields = {
  gatewaySessionsMax: field('GATEWAY_SESSIONS_MAX', int(200_000, 1, 10_000_000), 'Open sockets of this gateway.'),
  gatewaySessionsPerAddressMax: field(
    'GATEWAY_SESSIONS_PER_ADDRESS_MAX',
    int(20_000, 1, 10_000_000),
    'Open sockets from one address.',
  ),
  gatewaySessionsPerAppMax: field(
    'GATEWAY_SESSIONS_PER_APP_MAX',
    int(100_000, 1, 10_000_000),
    'Open sockets of one app.',
  ),
  gatewaySessionsPerUidMax: field(
    'GATEWAY_SESSIONS_PER_UID_MAX',
    int(16, 1, 1000),
    'Sessions of one uid at this gateway; its node counts those at all gateways (NODE_SESSIONS_PER_UID_MAX): more than that has no effect.',
  ),
  gatewayUpgradesPendingMax: field(
    'GATEWAY_UPGRADES_PENDING_MAX',
    int(1000, 1, 1_000_000),
    'Upgrades that wait for a passport or the database.',
  ),
  gatewayForwardedHops: field(
    'GATEWAY_FORWARDED_HOPS',
    int(0, 0, 10),
    'Trusted proxies before this gateway: the client address is read this far from the end of X-Forwarded-For.',
  ),
  gatewayAppsMax: field('GATEWAY_APPS_MAX', int(10_000, 1, 1_000_000), 'Apps remembered.'),
};

/** Tokens that others check. */
const passportFields = {
  passportHosts: field(
    'PASSPORT_HOSTS',
    list,
    'host or host:port of external passports that may be asked, separated by commas.',
  ),
  passportTimeoutMs: field('PASSPORT_TIMEOUT_MS', int(2000, 10, 60_000), 'A passport must answer within this.', MS),
  passportCacheMs: field('PASSPORT_CACHE_MS', int(10_000, 0, 30_000), 'A yes of a passport is believed this long.', MS),
  passportCacheMax: field('PASSPORT_CACHE_MAX', int(10_000, 0, 1_000_000), 'Answers of passports remembered.'),
  passportCallsMax: field('PASSPORT_CALLS_MAX', int(256, 1, 10_000), 'Calls to passports under way at once.'),
  passportFailuresMax: field(
    'PASSPORT_FAILURES_MAX',
    int(5, 1, 1000),
    'After so many failures in a row a passport is left alone.',
  ),
  passportPauseMs: field(
    'PASSPORT_PAUSE_MS',
    int(5000, 10, 600_000),
    'How long it is left alone before one call tries it again.',
    MS,
  ),
  allowMockUid: field(
    'ALLOW_MOCK_UID',
    flag(false),
    'For load tests: the header x-mock-uid stands in for the passport. Refused in production.',
  ),
  nodeEnv: field('NODE_ENV', z.string().optional(), 'production: refuses ALLOW_MOCK_UID.'),
};

/** Ring, moves, the leader and the end. */
const clusterFields = {
  gatewayTickMs: field(
    'GATEWAY_TICK_MS',
    int(50, 5, 1000),
    'Positions go to the nodes and queues are looked after this often.',
    MS,
  ),
  gatewayFollowMs: field(
    'GATEWAY_FOLLOW_MS',
    int(250, 10, 10_000),
    'Ring and revocations are looked at this often.',
    MS,
  ),
  gatewayAppsPollMs: field(
    'GATEWAY_APPS_POLL_MS',
    int(450, 10, 10_000),
    'The database is asked this often whether apps have changed.',
    MS,
  ),
  gatewayOwnerWaitMs: field(
    'GATEWAY_OWNER_WAIT_MS',
    int(2000, 10, 60_000),
    'A node that is not reached or does not answer for this long is passed over.',
    MS,
  ),
  gatewayBindGatherMs: field(
    'GATEWAY_BIND_GATHER_MS',
    int(25, 0, 100),
    'Least time between two messages with BINDs: who comes alone goes at once, a crowd shares them.',
    MS,
  ),
  gatewayMoveBatch: field(
    'GATEWAY_MOVE_BATCH',
    int(100, 1, 100_000),
    'Sessions that move to another node per tick, while the last ones have been answered; those without a node do not wait for this.',
  ),
  gatewayMovesMax: field(
    'GATEWAY_MOVES_MAX',
    int(500, 1, 100_000),
    'Sessions that wait for the answer of a node at once before others follow.',
  ),
  gatewayLeaseMs: field(
    'GATEWAY_LEASE_MS',
    int(2000, 100, 60_000),
    'The ring leader must renew itself within this.',
    MS,
  ),
  gatewayLeaderMs: field(
    'GATEWAY_LEADER_MS',
    int(500, 10, 10_000),
    'The ring leader looks at the nodes this often.',
    MS,
  ),
  gatewaySuspectMs: field(
    'GATEWAY_SUSPECT_MS',
    int(100, 5, 10_000),
    'The ring leader looks this often while it misses a node.',
    MS,
  ),
  gatewayViewMs: field(
    'GATEWAY_VIEW_MS',
    int(500, 10, 10_000),
    'This gateway tells the others which nodes it does not reach this often, and at once when that changes; its word counts three times as long.',
    MS,
  ),
  gatewayHoldMinMs: field(
    'GATEWAY_HOLD_MIN_MS',
    int(1000, 0, 600_000),
    'A node that failed twice within GATEWAY_FLAP_WINDOW_MS comes back after this; it doubles with each further failure.',
    MS,
  ),
  gatewayHoldMaxMs: field('GATEWAY_HOLD_MAX_MS', int(30_000, 0, 3_600_000), 'Longest time a failing node waits.', MS),
  gatewayFlapWindowMs: field(
    'GATEWAY_FLAP_WINDOW_MS',
    int(300_000, 1000, 86_400_000),
    'Failures of a node count together when they are this close.',
    MS,
  ),
  gatewayAnnounceMs: field(
    'GATEWAY_ANNOUNCE_MS',
    int(2000, 10, 60_000),
    'This gateway tells its figures this often.',
    MS,
  ),
  gatewayDrainMs: field(
    'GATEWAY_DRAIN_MS',
    int(5000, 0, 600_000),
    'A stopping gateway closes its sessions spread over this.',
    MS,
  ),
};

export const gatewayFields = { ...linkFields, ...sessionFields, ...limitFields, ...passportFields, ...clusterFields };

export type GatewayConfig = Config<typeof gatewayFields>;
