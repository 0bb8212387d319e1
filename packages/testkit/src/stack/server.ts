// One engine as a process: started and waited for, ended in order or by force, stopped in its tracks, started again on its data.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hold, release } from './leash.ts';
import { type Identity, launch, lives, signal, tail, until } from './processes.ts';
import { type EngineHandle, type Place, type Recipe, type Say, StackError } from './types.ts';

/** Two busy cores shared by everything: the slowest start seen was 27 s. */
const READY_MS = 180_000;
const PROBE_MS = 2_000;
const PROBE_EVERY_MS = 50;
const SAY_EVERY_MS = 4_000;
/** A server that has not ended in order by then is killed. */
const STOP_MS = 20_000;
const GONE_MS = 20_000;

export interface ServerOptions {
  recipe: Recipe;
  place: Place;
  /** The process, when it runs already. */
  running: Identity | undefined;
  /** It outlives this process. */
  detached: boolean;
  say: Say;
  /** Told of each start and end. */
  changed(running: Identity | undefined): void;
}

/** The handle of an engine, which may be stopped still. */
export function serverHandle({ recipe, place, running, detached, say, changed }: ServerOptions): EngineHandle {
  let process: Identity | undefined = running;
  const log = join(place.dir, 'server.log');
  const family = () => recipe.family?.(place) ?? (process && lives(process) ? [process.pid] : []);

  const became = (now: Identity | undefined) => {
    if (process && !detached) release(process);
    process = now;
    if (now && !detached) hold(now);
    changed(now);
  };
  const gone = async (timeoutMs: number) => {
    const left = () => (process && lives(process)) || family().length > 0;
    return until(() => !left(), timeoutMs);
  };
  const killAll = async () => {
    if (process) signal(process, 'SIGKILL');
    // Children of a killed server end by themselves some time later; as long as one lives, the next start is refused.
    const end = performance.now() + GONE_MS;
    do {
      for (const pid of family()) send(pid, 'SIGKILL');
      if (await gone(100)) return became(undefined);
    } while (performance.now() < end);
    throw new StackError(`${recipe.title} (pid ${process?.pid}) can't be killed`);
  };

  return {
    engine: recipe.engine,
    address: `127.0.0.1:${place.port}`,
    log,
    get url() {
      return recipe.url(place);
    },
    get pid() {
      return process && lives(process) ? process.pid : 0;
    },
    async start() {
      if (process && lives(process)) return;
      await killAll(); // leftovers of one that was killed from outside
      mkdirSync(place.dir, { recursive: true });
      const command = await recipe.prepare(place);
      became(await launch(command, log));
      try {
        await ready(recipe, place, () => process !== undefined && lives(process), log, say);
      } catch (error) {
        await killAll();
        throw error;
      }
    },
    async stop() {
      for (const pid of family()) send(pid, 'SIGCONT'); // a paused one can't end in order
      if (process && signal(process, recipe.stopSignal) && !(await gone(STOP_MS)))
        say(`${recipe.title} does not end in order: killing it`);
      await killAll();
    },
    kill: killAll,
    pause() {
      for (const pid of family()) send(pid, 'SIGSTOP');
    },
    resume() {
      for (const pid of family()) send(pid, 'SIGCONT');
    },
  };
}

/** Probes until it serves; its end, or too long a time, is an error that shows the end of its log. */
async function ready(recipe: Recipe, place: Place, alive: () => boolean, log: string, say: Say): Promise<void> {
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1000);
  let said = started;
  for (;;) {
    try {
      await recipe.probe(place, AbortSignal.timeout(PROBE_MS));
      if (alive()) return; // else another server answered on that port
    } catch {
      // not yet
    }
    if (!alive()) throw new StackError(`${recipe.title} ended while it started. The end of ${log}:\n${tail(log, 15)}`);
    if (performance.now() - started > READY_MS)
      throw new StackError(`${recipe.title} was not ready after ${seconds()} s. The end of ${log}:\n${tail(log, 15)}`);
    if (performance.now() - said > SAY_EVERY_MS) {
      say(`${recipe.title}: starting … ${seconds()} s`);
      said = performance.now();
    }
    await delay(PROBE_EVERY_MS);
  }
}

function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it is gone
  }
}
