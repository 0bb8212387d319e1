// What of a stack runs now: seen, stopped, and its data deleted, from any process.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.ts';
import { identify } from './processes.ts';
import { recipes } from './recipes.ts';
import { type Entry, forget, isRunning, readStack, record } from './record.ts';
import { Server } from './server.ts';
import { ENGINES, type Engine, type EngineHandle, type Place, type Say } from './types.ts';

const PROBE_MS = 2_000;

export interface State {
  engine: Engine;
  /** gone: it was started and ended by itself. silent: its process is there and does not answer. */
  word: 'ready' | 'silent' | 'gone' | 'stopped' | 'never started';
  address: string;
  pid?: number;
  memoryMb?: number;
  startedAt: string;
}

export async function stateOf(dir: string, engine: Engine): Promise<State> {
  const entry = readStack(dir)[engine];
  if (!entry) return { engine, word: 'never started', address: '', startedAt: '' };
  const known = { engine, address: `127.0.0.1:${entry.port}`, startedAt: entry.startedAt ?? '' };
  if (!entry.process) return { ...known, word: 'stopped' };
  if (!isRunning(entry)) return { ...known, word: 'gone' };
  const { pid } = entry.process;
  const word = await recipes[engine].probe(placeOf(entry), AbortSignal.timeout(PROBE_MS)).then(
    () => 'ready' as const,
    () => 'silent' as const,
  );
  return { ...known, word, pid, memoryMb: memoryMb(pid) };
}

/** Handles of what runs. */
export function runningEngines(dir: string, say: Say): EngineHandle[] {
  const stack = readStack(dir);
  return ENGINES.flatMap((engine) => {
    const entry = stack[engine];
    return isRunning(entry) ? [handleOf(dir, engine, entry, say)] : [];
  });
}

/** Stops what runs of these, and nothing else: a pid that another process has by now is left alone. */
export function stopEngines(dir: string, engines: readonly Engine[], say: Say): Promise<Engine[]> {
  return withLock(dir, say, async () => {
    const handles = runningEngines(dir, say).filter(({ engine }) => engines.includes(engine));
    await Promise.all(handles.map((handle) => handle.stop()));
    return handles.map(({ engine }) => engine);
  });
}

/** Removes the data of those that do not run; answers the folders. */
export function deleteData(dir: string, engines: readonly Engine[]): string[] {
  const stack = readStack(dir);
  return engines.flatMap((engine) => {
    const entry = stack[engine];
    if (!entry || isRunning(entry)) return [];
    rmSync(entry.dir, { recursive: true, force: true });
    forget(dir, engine);
    return [entry.dir];
  });
}

function handleOf(dir: string, engine: Engine, entry: Entry, say: Say): EngineHandle {
  return new Server({
    recipe: recipes[engine],
    place: placeOf(entry),
    running: entry.process,
    detached: true,
    say,
    changed: () => record(dir, engine, { port: entry.port, dir: entry.dir }),
  });
}

/** Enough of a place to probe and to stop. */
function placeOf({ dir, port }: Entry): Place {
  return { dir, home: '', port, artefacts: '', heapMb: 0 };
}

/** Resident memory of the process. */
function memoryMb(pid: number): number {
  if (!identify(pid)) return 0;
  const kb = /^VmRSS:\s+(\d+)/m.exec(readFileSync(join('/proc', String(pid), 'status'), 'utf8'))?.[1];
  return Math.round(Number(kb ?? 0) / 1024);
}
