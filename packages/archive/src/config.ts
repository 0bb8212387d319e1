// Settings of the archive, read from the environment by the loader of runtime.
import { type Config, field, int } from '@message-push/runtime';
import { z } from 'zod';

export const archiveFields = {
  archive: field(
    'ARCHIVE',
    z
      .enum(['embedded'], { error: 'only "embedded" is available: the history lives in this process' })
      .default('embedded'),
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
};

export type ArchiveConfig = Config<typeof archiveFields>;
