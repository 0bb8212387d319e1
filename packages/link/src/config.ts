// Settings of the link, the same at both ends.
import { type Config, field, int } from '@message-push/runtime';

export const linkFields = {
  linkPingMs: field('LINK_PING_MS', int(500, 10, 10_000), 'A gateway pings each node this often.', { unit: 'ms' }),
  linkSilentMs: field('LINK_SILENT_MS', int(2000, 50, 60_000), 'A link that was silent this long is closed.', {
    unit: 'ms',
  }),
  linkLateMs: field(
    'LINK_LATE_MS',
    int(500, 10, 60_000),
    'A process that was this late itself starts its silence window anew.',
    { unit: 'ms' },
  ),
  linkUnsentBytesMax: field(
    'LINK_UNSENT_BYTES_MAX',
    int(32 * 1024 * 1024, 1024, 1024 * 1024 * 1024),
    'A link with more unsent bytes is closed.',
    { unit: 'bytes' },
  ),
  linkRetryMinMs: field('LINK_RETRY_MIN_MS', int(50, 1, 60_000), 'Shortest pause before a node is dialled again.', {
    unit: 'ms',
  }),
  linkRetryMaxMs: field('LINK_RETRY_MAX_MS', int(1000, 1, 60_000), 'Longest pause before a node is dialled again.', {
    unit: 'ms',
  }),
};

export type LinkConfig = Config<typeof linkFields>;
