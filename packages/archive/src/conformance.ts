// The specification of an archive, as tests that every implementation passes.
import type { Clock } from '@message-push/runtime';
import { afterEach, beforeEach, describe } from 'vitest';
import { eraseConformance } from './conformance-erase.ts';
import { searchConformance } from './conformance-search.ts';
import { textConformance } from './conformance-text.ts';
import { volumeConformance } from './conformance-volume.ts';
import { wideConformance } from './conformance-wide.ts';
import { START } from './conformance-world.ts';
import { writeConformance } from './conformance-write.ts';
import type { Archive } from './index.ts';

/** One test's place for an archive. Message ids and apps are new in each test, so that several may share it. */
export interface ArchiveBench {
  /** Opens the archive; after it was closed or its process killed, the same one again. */
  open(): Promise<Archive>;
  /** Opens another one beside it, where several processes may write the same archive. */
  openAnother?(): Promise<Archive>;
  /** Makes what was written visible to searches, where that takes time. */
  settle?(): Promise<void>;
  /** Writes pushes one by one in another process, kills it with -9 in the middle, answers the ids whose write had resolved. */
  killedWriter?(): Promise<string[]>;
  /** Of the runs of random tests only this share, where a call takes long. Default 1. */
  effort?: number;
  /** Removes what the test left. */
  end(): Promise<void>;
}

/** What a test has to hand. */
export interface Scene {
  readonly archive: Archive;
  readonly bench: ArchiveBench;
  /** The archive's clock. */
  time: number;
  /** How often a random test is to run. */
  runs(n: number): number;
  /** Writes, and waits until it can be found. */
  write(batch: Partial<Parameters<Archive['write']>[0]>): Promise<void>;
  /** Closes the archive and opens it again. */
  reopen(): Promise<void>;
}

export function archiveConformance(name: string, make: (clock: Clock) => Promise<ArchiveBench>): void {
  describe(`archive: ${name}`, () => {
    let archive: Archive;
    let bench: ArchiveBench;
    const scene: Scene = {
      get archive() {
        return archive;
      },
      get bench() {
        return bench;
      },
      time: START,
      write: async ({ pushes = [], receipts = [] }) => {
        await archive.write({ pushes, receipts });
        await bench.settle?.();
      },
      runs: (n) => Math.ceil(n * (bench.effort ?? 1)),
      reopen: async () => {
        await archive.close();
        archive = await bench.open();
      },
    };
    beforeEach(async () => {
      scene.time = START + 1000;
      bench = await make({ now: () => scene.time });
      archive = await bench.open();
    });
    afterEach(async () => {
      await archive.close();
      await bench.end();
    });
    writeConformance(scene);
    eraseConformance(scene);
    searchConformance(scene);
    textConformance(scene);
    wideConformance(scene);
    volumeConformance(scene);
  });
}
