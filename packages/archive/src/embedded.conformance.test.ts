import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { archiveConformance } from './conformance.ts';
import { createEmbeddedArchive } from './embedded.ts';

archiveConformance('embedded', async (clock) => {
  const dir = mkdtempSync(join(tmpdir(), 'mp-archive-'));
  return {
    open: () => createEmbeddedArchive({ dir, clock }),
    end: async () => rmSync(dir, { recursive: true }),
    killedWriter: async () => {
      const program = fileURLToPath(new URL('./write-until-killed.ts', import.meta.url));
      const child = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
      const answered: string[] = [];
      for await (const line of createInterface(child.stdout)) {
        answered.push(line);
        if (answered.length === 50) child.kill('SIGKILL');
      }
      return answered;
    },
  };
});
