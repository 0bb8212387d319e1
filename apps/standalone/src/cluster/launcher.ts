// The launcher of a cluster: engines, processes, run.json and the commands that reach it, until it is told to stop.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createDatabase } from '@message-push/database';
import { ConfigError, type Log, loadConfig } from '@message-push/runtime';
import type { Role } from '@message-push/testkit/control';
import { say, step } from '../banner.ts';
import { environment, isSet } from '../config.ts';
import { lockDataDir, type RunFile, writePrivate } from '../data-dir.ts';
import { type Demo, demoCredential, type FirstOperator, firstOperator } from '../first-run.ts';
import { openLogFile } from '../log-file.ts';
import { dataDirOf, root } from '../running.ts';
import { Cluster } from './cluster.ts';
import { serveControl } from './control.ts';
import { type Engines, openEngines } from './engines.ts';
import { endLeftovers, recordChildren } from './leftovers.ts';
import { type ClusterConfig, clusterFields, processEnvironment, secretsOf } from './settings.ts';
import { clusterBanner } from './words.ts';

export interface Wanted {
  /** How many processes of each role. */
  counts: Partial<Record<Role, number>>;
  respawn: boolean;
}

const CLIENT_PATH = '/message-push/v1/message';
const READY_SAY_MS = 4000;
const SAME_SIGNAL_MS = 1000;
const EXIT_FAILED = 1;
const EXIT_CONFIG = 2;
const EXIT_FORCED = 130;

/** Resolves when the cluster serves; the process ends with it. */
export async function launch(wanted: Wanted): Promise<void> {
  const started = Date.now();
  say('Starting a cluster …');
  const launcher = openLauncher();
  try {
    await launcher.start(wanted, started);
  } catch (error) {
    if (launcher.stopping) return;
    launcher.log.error({ err: error }, 'start failed');
    say('Stopping what was started …');
    await launcher.stop();
    end(
      error instanceof ConfigError ? EXIT_CONFIG : EXIT_FAILED,
      `The cluster could not start: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function openLauncher(): Launcher {
  try {
    const config = loadConfig(clusterFields, environment);
    const dataDir = dataDirOf(config.dataDir);
    return new Launcher(config, dataDir, lockDataDir(dataDir));
  } catch (error) {
    end(
      error instanceof ConfigError ? EXIT_CONFIG : EXIT_FAILED,
      error instanceof Error ? error.message : String(error),
    );
  }
}

class Launcher {
  readonly log: Log;
  readonly #config: ClusterConfig;
  readonly #dataDir: string;
  readonly #runFile: string;
  readonly #unlock: () => void;
  #engines: Engines | undefined;
  #cluster: Cluster | undefined;
  #closeControl: (() => void) | undefined;
  #first: { demo: Demo | null; operator: FirstOperator | null } | undefined;
  #stoppingSince: number | undefined;

  constructor(config: ClusterConfig, dataDir: string, unlock: () => void) {
    this.#config = config;
    this.#dataDir = dataDir;
    this.#unlock = unlock;
    this.#runFile = join(dataDir, 'run.json');
    rmSync(this.#runFile, { force: true }); // of a launcher that was killed
    mkdirSync(join(dataDir, 'logs'), { recursive: true, mode: 0o700 });
    this.log = openLogFile(join(dataDir, 'logs', 'cluster.log'), config.logLevel);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#onSignal());
    process.on('disconnect', () => this.#onSignal());
  }

  get stopping(): boolean {
    return this.#stoppingSince !== undefined;
  }

  async start({ counts, respawn }: Wanted, started: number): Promise<void> {
    const dataDir = this.#dataDir;
    await endLeftovers(dataDir, say);
    const stackDir = isSet('DATA_DIR') ? join(dataDir, 'stack') : join(root, '.data', 'stack');
    const engines = await openEngines(environment, stackDir, say);
    this.#engines = engines;
    const secrets = secretsOf(this.#config, dataDir);
    const base = engines.env;
    const apiUrl = () => this.#urlsOf('api', 'http://', '').join(',');
    const cluster = new Cluster({
      envOf: (role, id) => processEnvironment(role, id, { base, host: this.#config.host, secrets, apiUrl }),
      logDir: join(dataDir, 'logs'),
      secret: secrets.cluster.split(',')[0] ?? '',
      respawn,
      say: (line) => this.#tell(line),
      onChange: () => this.#onChange(),
    });
    this.#cluster = cluster;
    const roles = (['node', 'gateway', 'consumer', 'api'] as const).flatMap((role) =>
      Array<Role>(counts[role] ?? 0).fill(role),
    );
    for (const role of roles) cluster.start(role);
    [this.#first] = await Promise.all([this.#firstRun(secrets.peppers), this.#ready(cluster)]);
    if ((counts.console ?? 0) > 0) await step('Starting the console', cluster.add('console'));
    this.#closeControl = await serveControl(dataDir, cluster);
    this.#onChange();
    process.stdout.write(
      clusterBanner(this.#run(this.#first), { local: engines.local, startedMs: Date.now() - started }),
    );
  }

  /** Ends everything in order and gives the folder back. */
  async stop(): Promise<void> {
    this.#stoppingSince ??= Date.now();
    rmSync(this.#runFile, { force: true });
    this.#closeControl?.();
    await this.#cluster?.stopAll();
    await this.#engines?.stop();
    rmSync(join(this.#dataDir, 'children.json'), { force: true });
    this.#unlock();
  }

  /** The demo app and the first operator, as `npm start` makes them. */
  async #firstRun(peppers: string[]) {
    const config = loadConfig(clusterFields, this.#engines?.env ?? {});
    const database = await createDatabase({ ...config, peppers }, { log: this.log });
    try {
      return {
        demo: await demoCredential(database, this.#dataDir),
        operator: await firstOperator(database, this.#dataDir),
      };
    } finally {
      await database.close();
    }
  }

  /** Waits for all, and tells whom it waits for. */
  async #ready(cluster: Cluster): Promise<void> {
    const members = cluster.members;
    say(`Starting ${members.length} processes …`);
    const timer = setInterval(() => {
      const late = members.filter(({ state }) => state === 'starting');
      const why = late.map(({ id, missing }) => (missing.length > 0 ? `${id} (${missing.join(', ')})` : id));
      say(`${members.length - late.length} of ${members.length} are ready; waiting for ${why.join(', ')}`);
    }, READY_SAY_MS);
    try {
      await Promise.all(members.map((member) => member.ready()));
    } finally {
      clearInterval(timer);
    }
  }

  #urlsOf(role: Role, before: string, behind: string): string[] {
    const members = this.#cluster?.living(role) ?? [];
    return members.flatMap(({ address }) => (address === undefined ? [] : [`${before}${address}${behind}`]));
  }

  #run(first: { demo: Demo | null; operator: FirstOperator | null }): RunFile {
    const apis = this.#urlsOf('api', 'http://', '');
    return {
      mode: 'cluster',
      pid: process.pid,
      api: apis[0] ?? '',
      apis,
      gateways: this.#urlsOf('gateway', 'ws://', CLIENT_PATH),
      console: this.#urlsOf('console', 'http://', '')[0] ?? null,
      ...first,
      processes: (this.#cluster?.members ?? []).flatMap(({ role, id, pid, address, alive }) =>
        alive && address !== undefined ? [{ role, id, pid, address }] : [],
      ),
    };
  }

  #onChange(): void {
    if (this.#cluster) recordChildren(this.#dataDir, this.#cluster.members);
    // The console asks whoever lives; elsewhere a load balancer's address stays the same.
    for (const member of this.#cluster?.living('console') ?? [])
      member.tell({ apis: this.#urlsOf('api', 'http://', '') });
    if (this.#first === undefined || this.#closeControl === undefined || this.stopping) return;
    writePrivate(this.#runFile, `${JSON.stringify(this.#run(this.#first), null, 2)}\n`);
  }

  #tell(line: string): void {
    this.log.info(line);
    say(line);
  }

  /** The first signal stops in order, a second one ends at once. A parent that died counts as a signal. */
  #onSignal(): void {
    if (this.#stoppingSince === undefined) {
      this.#tell('Stopping: finishing what is under way (Ctrl-C again ends at once) …');
      void this.stop().then(() => {
        say('Stopped.');
        process.exit(0);
      });
    } else if (Date.now() - this.#stoppingSince > SAME_SIGNAL_MS) {
      this.#cluster?.killAll();
      this.#unlock();
      process.exit(EXIT_FORCED);
    }
  }
}

function end(code: number, text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(code);
}
