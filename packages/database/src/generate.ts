// Makes the Prisma client from prisma/schema.prisma, unless the one that is there was made from the same text and version.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const SCHEMA = fileURLToPath(new URL('../../../prisma/schema.prisma', import.meta.url));
const CLIENT = fileURLToPath(new URL('../generated/client/', import.meta.url));
const STAMP = fileURLToPath(new URL('../generated/client.sha256', import.meta.url));

/** What the client is made from: the schema's text and Prisma's version. */
function wantedStamp(prismaPackage: string): string {
  return createHash('sha256').update(readFileSync(SCHEMA)).update(readFileSync(prismaPackage)).digest('hex');
}

function presentStamp(): string | undefined {
  try {
    return readFileSync(STAMP, 'utf8');
  } catch {
    return undefined; // never generated, or interrupted
  }
}

/** Prisma's command line, without its engine download: any existing file serves as the engine that `generate` never runs. */
function runPrisma(prismaPackage: string): void {
  const cli = createRequire(prismaPackage).resolve('prisma/build/index.js');
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [cli, 'generate', '--schema', SCHEMA, '--no-hints'],
    {
      env: {
        // biome-ignore lint/style/noProcessEnv: handed on to a child process, not read
        ...process.env,
        PRISMA_SCHEMA_ENGINE_BINARY: SCHEMA,
        CHECKPOINT_DISABLE: '1',
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
      },
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`prisma generate failed: ${error?.message ?? `${stdout}${stderr}`}`);
}

const prismaPackage = createRequire(import.meta.url).resolve('prisma/package.json');
const wanted = wantedStamp(prismaPackage);
if (presentStamp() !== wanted) {
  rmSync(STAMP, { force: true });
  rmSync(CLIENT, { recursive: true, force: true });
  runPrisma(prismaPackage);
  writeFileSync(STAMP, wanted);
}
