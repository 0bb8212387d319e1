import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stateConformance } from './conformance.ts';
import { createEmbeddedState } from './embedded.ts';

stateConformance('embedded', async (clock, inboxLimits) => {
  const dir = mkdtempSync(join(tmpdir(), 'mp-state-'));
  return {
    open: () => createEmbeddedState({ dir, clock, inboxLimits, limits: { cacheMax: 2 } }),
    end: async () => rmSync(dir, { recursive: true }),
    killedAppender: async () => {
      const program = fileURLToPath(new URL('./append-until-killed.ts', import.meta.url));
      const child = spawn(process.execPath, [program, dir, `${clock.now()}`], { stdio: ['ignore', 'pipe', 'inherit'] });
      const answered: { app: string; uid: string; seq: string }[] = [];
      for await (const line of createInterface(child.stdout)) {
        const [uid = '', seq = ''] = line.split(' ');
        answered.push({ app: 'shop', uid, seq });
        if (answered.length === 200) child.kill('SIGKILL');
      }
      return answered;
    },
  };
});
