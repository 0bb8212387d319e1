// One engine as a process: started and waited for, ended in order or by force, stopped in its tracks, started again on its data.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hold, release } from './leash.ts';
import { type Identity, launch, lives, signal, tail, until } from './processes.ts';
import { type Engine, type EngineHandle, type Place, type Recipe, type Say, StackError } from './types.ts';

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
export class Server implements EngineHandle {
  readonly engine: Engine;
  readonly address: string;
  readonly log: string;
  readonly #options: ServerOptions;
  #process: Identity | undefined;

  constructor(options: ServerOptions) {
    const { recipe, place, running } = options;
    this.engine = recipe.engine;
    this.address = `127.0.0.1:${place.port}`;
    this.log = join(place.dir, 'server.log');
    this.#options = options;
    this.#process = running;
  }

  get url(): string {
    return this.#options.recipe.url(this.#options.place);
  }

  get pid(): number {
    return this.#lives() ? (this.#process?.pid ?? 0) : 0;
  }

  async start(): Promise<void> {
    if (this.#lives()) return;
    const { recipe, place, say } = this.#options;
    await this.kill(); // leftovers of one that was killed from outside
    mkdirSync(place.dir, { recursive: true });
    this.#became(await launch(await recipe.prepare(place), this.log));
    try {
      await ready(recipe, place, () => this.#lives(), this.log, say);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const { recipe, say } = this.#options;
    this.resume(); // a paused one can't end in order
    if (this.#process && signal(this.#process, recipe.stopSignal) && !(await this.#gone(STOP_MS)))
      say(`${recipe.title} does not end in order: killing it`);
    await this.kill();
  }

  async kill(): Promise<void> {
    if (this.#process) signal(this.#process, 'SIGKILL');
    // Children of a killed server end by themselves some time later; as long as one lives, the next start is refused.
    const end = performance.now() + GONE_MS;
    do {
      this.#toAll('SIGKILL');
      if (await this.#gone(100)) return this.#became(undefined);
    } while (performance.now() < end);
    throw new StackError(`${this.#options.recipe.title} (pid ${this.#process?.pid}) can't be killed`);
  }

  pause(): void {
    this.#toAll('SIGSTOP');
  }

  resume(): void {
    this.#toAll('SIGCONT');
  }

  #lives(): boolean {
    return this.#process !== undefined && lives(this.#process);
  }

  #gone(timeoutMs: number): Promise<boolean> {
    return until(() => !this.#lives() && this.#family().length === 0, timeoutMs);
  }

  #family(): number[] {
    const { recipe, place } = this.#options;
    return recipe.family?.(place) ?? (this.#process && this.#lives() ? [this.#process.pid] : []);
  }

  #toAll(name: NodeJS.Signals): void {
    for (const pid of this.#family()) send(pid, name);
  }

  #became(now: Identity | undefined): void {
    const { detached, changed } = this.#options;
    if (this.#process && !detached) release(this.#process);
    this.#process = now;
    if (now && !detached) hold(now);
    changed(now);
  }
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
