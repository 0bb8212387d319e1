import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@message-push/runtime';
import { busConformance } from './conformance.ts';
import { createEmbeddedBus } from './embedded.ts';

busConformance('embedded', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'mp-bus-'));
  return {
    open: () => createEmbeddedBus({ dir, partitions: 2, clock: systemClock }),
    end: async () => rmSync(dir, { recursive: true }),
    killedPublisher: async () => {
      const program = fileURLToPath(new URL('./publish-until-killed.ts', import.meta.url));
      const child = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
      const answered: number[] = [];
      for await (const line of createInterface(child.stdout)) {
        answered.push(Number(line));
        if (answered.length === 200) child.kill('SIGKILL');
      }
      return answered;
    },
  };
});
