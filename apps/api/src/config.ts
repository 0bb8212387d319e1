// Settings of the api: every limit of the public REST protocol, with its unit and default.
import { type Config, field, int } from '@message-push/runtime';
import { z } from 'zod';

const SECOND = 1_000;
const DAY_S = 86_400;
const MIB = 1024 * 1024;

/** Texts separated by commas. */
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );

/** What a push may hold. */
const pushFields = {
  bodyBytesMax: field('API_BODY_BYTES_MAX', int(256 * 1024, 1024, 16 * MIB), 'Largest body of a request.', {
    unit: 'bytes',
  }),
  batchBodyBytesMax: field('API_BATCH_BODY_BYTES_MAX', int(4 * MIB, 1024, 64 * MIB), 'Largest body of a batch.', {
    unit: 'bytes',
  }),
  batchRowsMax: field('API_BATCH_ROWS_MAX', int(1_000, 1, 10_000), 'Most pushes of a batch.'),
  contentBytesMax: field('API_CONTENT_BYTES_MAX', int(16 * 1024, 1, MIB), 'Longest content, as UTF-8.', {
    unit: 'bytes',
  }),
  extrasBytesMax: field('API_EXTRAS_BYTES_MAX', int(4 * 1024, 0, MIB), 'Longest extras, as UTF-8.', { unit: 'bytes' }),
  titleCharsMax: field('API_TITLE_CHARS_MAX', int(256, 1, 4096), 'Longest title.', { unit: 'characters' }),
  contentTypeCharsMax: field('API_CONTENT_TYPE_CHARS_MAX', int(256, 1, 4096), 'Longest content_type of a message.', {
    unit: 'characters',
  }),
  uidCharsMax: field('API_UID_CHARS_MAX', int(64, 1, 64), 'Longest uid.', { unit: 'characters' }),
  uidsMax: field('API_UIDS_MAX', int(1_000, 1, 1_000), 'Most uids of a push or a presence query.'),
  deviceIdCharsMax: field('API_DEVICE_ID_CHARS_MAX', int(128, 1, 128), 'Longest device id.', { unit: 'characters' }),
  deviceIdsMax: field('API_DEVICE_IDS_MAX', int(1_000, 1, 1_000), 'Most device ids of a push.'),
  ttlMaxS: field('API_TTL_S_MAX', int(30 * DAY_S, 0, 30 * DAY_S), 'Longest time-to-live of a push.', { unit: 's' }),
  idempotencyKeyCharsMax: field(
    'API_IDEMPOTENCY_KEY_CHARS_MAX',
    int(200, 1, 255),
    'Longest Idempotency-Key (printable ASCII).',
    { unit: 'characters' },
  ),
};

/** How a push gets onto the bus. */
const publishFields = {
  publishDeadlineMs: field(
    'API_PUBLISH_DEADLINE_MS',
    int(10 * SECOND, 50, 60 * SECOND),
    'After this a caller whose push is not stored yet is answered 503.',
    { unit: 'ms' },
  ),
  publishQueueMax: field('API_PUBLISH_QUEUE_MAX', int(20_000, 1, 1_000_000), 'Most pushes waiting for the bus.'),
  publishQueueBytesMax: field(
    'API_PUBLISH_QUEUE_BYTES_MAX',
    int(64 * MIB, 1024, 1024 * MIB),
    'Most bytes of pushes waiting for the bus.',
    { unit: 'bytes' },
  ),
  publishBatchBytesMax: field(
    'API_PUBLISH_BATCH_BYTES_MAX',
    int(4 * MIB, 1024, 64 * MIB),
    'Most bytes handed to the bus at once.',
    { unit: 'bytes' },
  ),
  envelopeBytesMax: field(
    'API_ENVELOPE_BYTES_MAX',
    int(512 * 1024, 1024, 16 * MIB),
    'An envelope is closed when it reaches this size.',
    { unit: 'bytes' },
  ),
};

/** How much one caller may do. */
const budgetFields = {
  appRequestsPerSecondMax: field(
    'API_APP_REQUESTS_PER_SECOND_MAX',
    int(100_000, 1, 10_000_000),
    'An app may not set its own limit (default 1,000) higher than this.',
    { unit: 'requests/s' },
  ),
  appDeliveriesPerSecondMax: field(
    'API_APP_DELIVERIES_PER_SECOND_MAX',
    int(10_000_000, 1, 100_000_000),
    'An app may not set its own limit (default 100,000) higher than this.',
    { unit: 'deliveries/s' },
  ),
  uidPushesPerSecond: field('API_UID_PUSHES_PER_SECOND', int(100, 1, 100_000), 'Most pushes to one uid.', {
    unit: 'pushes/s',
  }),
  refusalsPerMinute: field(
    'API_REFUSALS_PER_MINUTE',
    int(600, 1, 1_000_000),
    'Most refused credentials of one address; afterwards it waits.',
    { unit: '1/min' },
  ),
  signInsPerMinute: field(
    'API_SIGN_INS_PER_MINUTE',
    int(10, 1, 10_000),
    'Most failed sign-ins of one address, and to one name.',
    { unit: '1/min' },
  ),
};

const recallFields = {
  recallSettleMs: field(
    'API_RECALL_SETTLE_MS',
    int(700, 0, 10 * SECOND),
    'A recall gives the consumers this long to hear of it before it empties the inboxes.',
    { unit: 'ms' },
  ),
  recallWaitMs: field(
    'API_RECALL_WAIT_MS',
    int(5 * SECOND, 0, 60 * SECOND),
    'A recall and an erasure wait this long for what is under way: the history, sessions that close.',
    { unit: 'ms' },
  ),
};

const credentialFields = {
  credentialsCachedMax: field('API_CREDENTIALS_CACHED_MAX', int(10_000, 1, 1_000_000), 'Most credentials remembered.'),
  credentialFreshMs: field(
    'API_CREDENTIAL_FRESH_MS',
    int(30 * SECOND, 100, 30 * SECOND),
    'A credential is checked anew after this; while state is away it is not believed any longer than this.',
    { unit: 'ms' },
  ),
  credentialRefusedMs: field(
    'API_CREDENTIAL_REFUSED_MS',
    int(SECOND, 0, SECOND),
    'A refused credential is refused this long without a look-up.',
    { unit: 'ms' },
  ),
  revocationPollMs: field(
    'API_REVOCATION_POLL_MS',
    int(250, 10, 500),
    'Revocations and the ring are read this often.',
    {
      unit: 'ms',
    },
  ),
  lastUseMs: field(
    'API_LAST_USE_MS',
    int(10 * SECOND, 100, 600 * SECOND),
    'Last use of credentials is stored this often.',
    {
      unit: 'ms',
    },
  ),
  tokenTtlS: field('API_TOKEN_TTL_S', int(DAY_S, 60, 30 * DAY_S), 'Life of a client token when none is asked for.', {
    unit: 's',
  }),
  tokenTtlMinS: field('API_TOKEN_TTL_S_MIN', int(60, 1, DAY_S), 'Shortest life of a client token.', { unit: 's' }),
  tokenTtlMaxS: field('API_TOKEN_TTL_S_MAX', int(30 * DAY_S, 60, 30 * DAY_S), 'Longest life of a client token.', {
    unit: 's',
  }),
};

const httpFields = {
  headerBytesMax: field('API_HEADER_BYTES_MAX', int(16 * 1024, 2048, MIB), 'Largest head of a request.', {
    unit: 'bytes',
  }),
  requestTimeoutMs: field(
    'API_REQUEST_TIMEOUT_MS',
    int(30 * SECOND, 100, 300 * SECOND),
    'A request must be in by then.',
    {
      unit: 'ms',
    },
  ),
  keepAliveMs: field(
    'API_KEEP_ALIVE_MS',
    int(65 * SECOND, 100, 600 * SECOND),
    'Idle connections are closed after this.',
    {
      unit: 'ms',
    },
  ),
  connectionsMax: field('API_CONNECTIONS_MAX', int(20_000, 1, 1_000_000), 'Most open connections.'),
  trustedProxies: field(
    'API_TRUSTED_PROXIES',
    list,
    'Addresses of proxies whose X-Forwarded-For is believed, separated by commas.',
  ),
  consoleOrigins: field(
    'API_CONSOLE_ORIGINS',
    list,
    'Origins besides our own that may change things with an operator session, separated by commas.',
  ),
  drainMs: field(
    'API_DRAIN_MS',
    int(10 * SECOND, 0, 300 * SECOND),
    'Requests under way may end within this at a stop.',
    {
      unit: 'ms',
    },
  ),
};

const innerFields = {
  announceMs: field(
    'API_ANNOUNCE_MS',
    int(10 * SECOND, 200, 120 * SECOND),
    'An api that was silent this long counts as gone: its unfinished keyed pushes may be published again.',
    { unit: 'ms' },
  ),
  nodeTimeoutMs: field('API_NODE_TIMEOUT_MS', int(2 * SECOND, 50, 60 * SECOND), 'A node must answer within this.', {
    unit: 'ms',
  }),
  nodeCallsMax: field('API_NODE_CALLS_MAX', int(8, 1, 256), 'Most calls to one node at once; others wait.'),
};

/** What the console asks of the gateways' settings. */
const gatewayFields = {
  passportHosts: field(
    'PASSPORT_HOSTS',
    list,
    'host or host:port of external passports that may be asked, separated by commas.',
  ),
  passportTimeoutMs: field(
    'PASSPORT_TIMEOUT_MS',
    int(2 * SECOND, 10, 60 * SECOND),
    'A passport must answer within this.',
    {
      unit: 'ms',
    },
  ),
  gatewayUrls: field(
    'API_GATEWAY_URLS',
    list,
    "WebSocket addresses of gateways as clients reach them, for the console's test client; default: where the gateways listen.",
  ),
};

const liveFields = {
  streamsMax: field('API_STREAMS_MAX', int(500, 1, 100_000), 'Most streams of live updates for the console.'),
  streamsPerOperatorMax: field(
    'API_STREAMS_PER_OPERATOR_MAX',
    int(12, 1, 1_000),
    'Most streams of one operator; a tab has one.',
  ),
};

export const apiFields = {
  ...pushFields,
  ...publishFields,
  ...budgetFields,
  ...recallFields,
  ...credentialFields,
  ...httpFields,
  ...innerFields,
  ...liveFields,
  ...gatewayFields,
};
export type ApiConfig = Config<typeof apiFields>;
