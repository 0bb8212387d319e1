// The life of a process that runs one application: configuration, engines, port, and a stop that drains.
import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from './clock.ts';
import { type Config, ConfigError, type Fields, loadConfig, redacted } from './config.ts';
import { type Engine, type Opened, type Openers, openEngines, reasonOf } from './engines.ts';
import { createLog, type Log } from './log.ts';
import { Metrics, processMetrics } from './metrics.ts';
import { type Mixture, refuseMixture } from './mixture.ts';
import { DEFAULT_PORTS, type ProcessConfig, processFields } from './process-fields.ts';
import type { App } from './service.ts';
import { openWaitingRoom, type WaitingRoom } from './waiting-room.ts';

/** What applications and engines get of their process. */
export interface ProcessDeps {
  log: Log;
  metrics: Metrics;
  clock: Clock;
  /** Stable name, or one that is new with each start. */
  id: string;
  /** Unique per process life. */
  incarnation: string;
  clusterSecrets: string[];
  /** None: embedded engines, which would need a folder, are refused before. */
  dir: '';
}

export interface Program<F extends Fields, O extends Openers> {
  role: keyof typeof DEFAULT_PORTS;
  /** Settings of the application and of its capabilities. */
  fields: F;
  env: Record<string, string | undefined>;
  /** What the process uses of the capabilities. */
  mixture(config: Config<F>): Mixture;
  /** How to open the engines; none of them is open yet. */
  engines(config: Config<F>, deps: ProcessDeps): O;
  /** Without these nothing can be served: the start waits until they answer. The others may come later. */
  needed: readonly (keyof O & string)[];
  build(deps: ProcessDeps & { config: Config<F>; engines: Opened<O> }): App;
}

/** Signals within this are one: a terminal's Ctrl-C comes more than once. */
const SAME_SIGNAL_MS = 1000;
const EXIT_CONFIG = 2;
const EXIT_FORCED = 130;

/**
 * Runs it until SIGTERM or SIGINT, or until the parent that holds its IPC channel is gone; then drains and exits with 0. Exit code 2:
 * the configuration is not valid, standard error says why. Engines that are away are waited for. A parent is told `{ waiting }` (what is missing) and `{ listening }` (the address).
 */
export async function runProcess<F extends Fields, O extends Openers>(program: Program<F, O>): Promise<void> {
  const { role, fields, env } = program;
  let config: Config<F>;
  let own: ProcessConfig;
  try {
    loadConfig({ ...processFields, ...fields }, env); // every problem is told at once
    own = loadConfig(processFields, env);
    config = loadConfig(fields, env);
    refuseMixture('many', program.mixture(config));
  } catch (error) {
    return refuse(role, error);
  }
  const incarnation = randomBytes(8).toString('hex');
  const id = own.processName ?? `${role}-${incarnation}`;
  const log = createLog(role, own.logLevel).child({ id });
  log.info({ pid: process.pid, config: { ...redacted(processFields, own), ...redacted(fields, config) } }, 'starting');
  const metrics = new Metrics();
  processMetrics(metrics);
  const { clusterSecrets } = own;
  const deps: ProcessDeps = { log, metrics, clock: systemClock, id, incarnation, clusterSecrets, dir: '' };
  const life = new Life(own, log);
  const at = { host: own.host, port: own.port ?? DEFAULT_PORTS[role], advertise: own.advertise };
  try {
    const { engines, port } = await life.open(program.engines(config, deps), program.needed, at);
    const app = program.build({ ...deps, config, engines });
    life.app = app;
    const address = await app.listen({ ...at, port });
    log.info({ address }, 'listening');
    process.send?.({ listening: address });
    await app.start();
    log.info({ address }, 'started');
  } catch (error) {
    if (life.stopping) return;
    if (error instanceof ConfigError) return refuse(role, error);
    log.fatal({ err: error }, `the ${role} could not start: ${reasonOf(error)}`);
    process.exit(1);
  }
}

/** Configuration problems go to the terminal as they are: there may be no log level to log them with. */
function refuse(role: string, error: unknown): never {
  process.stderr.write(`${role}: ${reasonOf(error)}\n`);
  process.exit(EXIT_CONFIG);
}

/** What is open, and its end. */
class Life {
  app: App | undefined;
  readonly #config: ProcessConfig;
  readonly #log: Log;
  readonly #ending = new AbortController();
  #engines: Engine[] = [];
  #room: Promise<WaitingRoom> | undefined;
  #stoppingSince: number | undefined;

  constructor(config: ProcessConfig, log: Log) {
    this.#config = config;
    this.#log = log;
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => this.#onSignal(signal));
    process.on('disconnect', () => this.#onSignal('the parent is gone'));
    process.on('uncaughtException', (error) => {
      log.fatal({ err: error }, 'an error that nobody handled: the process ends');
      process.exit(1);
    });
  }

  get stopping(): boolean {
    return this.#stoppingSince !== undefined;
  }

  /** Opens the engines; while one is away the port tells which. Answers the port to listen on. */
  async open<O extends Openers>(openers: O, needed: readonly string[], at: { host: string; port: number }) {
    let missing: string[] = [];
    const engines = await openEngines(openers, {
      needed,
      log: this.#log,
      signal: this.#ending.signal,
      onMissing: (away) => {
        missing = [...away].map(([name, why]) => `${name}: ${why}`);
        process.send?.({ waiting: missing });
        if (missing.length === 0) return;
        this.#room ??= openWaitingRoom(at, () => missing);
        this.#room.catch((error: unknown) => {
          this.#log.fatal({ err: error }, `can't listen on ${at.host}:${at.port}`);
          process.exit(1);
        });
      },
    });
    this.#engines = Object.values(engines);
    const room = await this.#room;
    await room?.close();
    return { engines, port: room?.port ?? at.port };
  }

  #onSignal(why: string): void {
    const now = performance.now();
    if (this.#stoppingSince === undefined) {
      this.#stoppingSince = now;
      void this.#stop(why);
    } else if (now - this.#stoppingSince > SAME_SIGNAL_MS) process.exit(EXIT_FORCED);
  }

  async #stop(why: string): Promise<void> {
    const log = this.#log;
    log.info({ why }, 'stopping');
    setTimeout(() => {
      log.error({ open: process.getActiveResourcesInfo() }, 'the stop did not end in time: cut off');
      process.exit(1);
    }, this.#config.stopTimeoutMs);
    try {
      this.#ending.abort();
      await this.app?.stop();
      await Promise.allSettled(this.#engines.map((engine) => engine.close()));
    } catch (error) {
      log.error({ err: error }, 'the stop failed');
      process.exit(1);
    }
    log.info('stopped');
    process.exit(0);
  }
}
