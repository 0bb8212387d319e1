// Settings of the archive, read from the environment by the loader of runtime.
import { type Config, field, int } from '@message-push/runtime';
import { z } from 'zod';

const text = z.string().trim().min(1).optional();
const ms = { unit: 'ms' };
const secret = { secret: true };

/** What ARCHIVE=elasticsearch needs besides. */
const elasticsearchFields = {
  elasticsearchUrl: field(
    'ELASTICSEARCH_URL',
    z
      .string()
      .transform((list, context) => {
        const found = addresses(list);
        if (found !== undefined) return found;
        context.addIssue({ code: 'custom', message: BAD_URL });
        return z.NEVER;
      })
      .optional(),
    'Addresses, as https://host:port,https://host:port (elasticsearch)',
  ),
  elasticsearchUsername: field('ELASTICSEARCH_USERNAME', text, 'Name to sign in with (elasticsearch)'),
  elasticsearchPassword: field('ELASTICSEARCH_PASSWORD', text, 'Password to sign in with (elasticsearch)', secret),
  elasticsearchApiKey: field(
    'ELASTICSEARCH_API_KEY',
    text,
    'Key instead of name and password, as the server encoded it (elasticsearch)',
    secret,
  ),
  elasticsearchCaFile: field(
    'ELASTICSEARCH_CA_FILE',
    text,
    'File with the certificates to trust instead of the usual ones (elasticsearch)',
  ),
  elasticsearchPrefix: field(
    'ELASTICSEARCH_PREFIX',
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9_.-]{0,100}$/, {
        error: 'must begin with a letter or digit and hold small letters, digits, _ . and - alone, at most 101',
      })
      .default('message_push_'),
    'Put before the names of indices, alias and template, so that several systems share a cluster (elasticsearch)',
  ),
  elasticsearchShards: field(
    'ELASTICSEARCH_SHARDS',
    int(1, 1, 100),
    'Shards of a new index; there is one index a day (elasticsearch)',
  ),
  elasticsearchReplicas: field(
    'ELASTICSEARCH_REPLICAS',
    int(1, 0, 9),
    'Further copies of each shard of a new index; 0 on a single server (elasticsearch)',
  ),
  elasticsearchRefreshMs: field(
    'ELASTICSEARCH_REFRESH_MS',
    z.coerce.number().int().min(100).max(600_000).optional(),
    "When searches see what was written to a new index; unset = the server's own: a second, less while nobody searches (elasticsearch)",
    ms,
  ),
  elasticsearchGatherMs: field(
    'ELASTICSEARCH_GATHER_MS',
    int(500, 0, 10_000),
    'The history gathers this long before it writes, so that most pushes are stored together with their outcome (elasticsearch)',
    ms,
  ),
  elasticsearchTimeoutMs: field(
    'ELASTICSEARCH_TIMEOUT_MS',
    int(10_000, 100, 600_000),
    'A request must be answered within this; a write is tried again for as long (elasticsearch)',
    ms,
  ),
  elasticsearchOpenMax: field(
    'ELASTICSEARCH_OPEN_MAX',
    int(5000, 0, 1_000_000),
    'Deliveries written last that are kept in memory, so that what follows costs no read (elasticsearch)',
    { unit: 'deliveries' },
  ),
};

export const archiveFields = {
  archive: field(
    'ARCHIVE',
    z.enum(['embedded', 'elasticsearch'], { error: 'must be "embedded" or "elasticsearch"' }).default('embedded'),
    'Which archive keeps the history of pushes',
  ),
  archiveRetentionDays: field('ARCHIVE_RETENTION_DAYS', int(30, 1, 3650), 'Pushes older than this leave the history', {
    unit: 'days',
  }),
  archiveScanMax: field(
    'ARCHIVE_SCAN_MAX',
    int(1_000_000, 1000, 1_000_000_000),
    'Most candidates one search looks at before it is refused as too broad (embedded)',
    { unit: 'rows' },
  ),
  archiveCacheKiB: field(
    'ARCHIVE_CACHE_KIB',
    int(16_384, 1024, 4_194_304),
    'Memory for pages of the history (embedded)',
    { unit: 'KiB' },
  ),
  ...elasticsearchFields,
};

export type ArchiveConfig = Config<typeof archiveFields>;

const BAD_URL =
  'must be http(s)://host:port, several separated by commas, all of one kind, without a path; a password belongs into ELASTICSEARCH_PASSWORD';

/** The addresses of a list; undefined when one is none. */
function addresses(list: string): string[] | undefined {
  const found = list.split(',').map((address) => URL.parse(address.trim()));
  const kinds = new Set<string | undefined>();
  for (const url of found) {
    if (url === null || url.hostname === '' || url.username !== '' || url.password !== '') return undefined;
    if (url.search !== '' || url.hash !== '') return undefined;
    kinds.add(url.protocol);
  }
  if (kinds.size !== 1 || !(kinds.has('http:') || kinds.has('https:'))) return undefined;
  return found.flatMap((url) => (url === null ? [] : [url.href]));
}
