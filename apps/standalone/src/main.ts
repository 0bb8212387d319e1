// npm start: the whole platform on this machine, with nothing else installed.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, loadConfig, Metrics, redacted, refuseMixture } from '@message-push/runtime';
import { banner, HELP, say, step } from './banner.ts';
import { type DEFAULT_PORTS, environment, isSet } from './config.ts';
import { type ConsoleProcess, startConsole } from './console-process.ts';
import { lockDataDir, type RunFile, writePrivate } from './data-dir.ts';
import { demoCredential, firstOperator } from './first-run.ts';
import { openLogFile } from './log-file.ts';
import type { PlatformConfig, Running } from './platform.ts';
import { choosePort } from './ports.ts';
import { dataDirOf } from './running.ts';

const started = Date.now();
const args = process.argv.slice(2);
const unknown = args.filter((arg) => !['--help', '-h', '--no-console'].includes(arg));
if (unknown.length > 0) end(2, `Unknown option: ${unknown.join(' ')}\n\n${HELP}`);
if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(HELP);
  process.exit(0);
}

say('Starting message-push …');
// Loaded behind the first line: it is most of the code, and nothing can be said meanwhile.
const { closeStores, openStores, platformFields, startApps, stopApps } = await import('./platform.ts');

let config: PlatformConfig;
try {
  config = loadConfig(platformFields, environment);
  refuseMixture('one', config);
} catch (error) {
  end(2, error instanceof ConfigError ? error.message : String(error));
}

const dataDir = dataDirOf(config.dataDir);
const runFile = join(dataDir, 'run.json');
let unlock: () => void;
try {
  unlock = lockDataDir(dataDir);
} catch (error) {
  end(1, error instanceof Error ? error.message : String(error));
}
const log = openLogFile(join(dataDir, 'logs', 'message-push.log'), config.logLevel);
log.info({ config: redacted(platformFields, config) }, 'starting');

try {
  await run();
} catch (error) {
  log.error({ err: error }, 'start failed');
  rmSync(runFile, { force: true });
  unlock();
  end(
    1,
    `message-push could not start: ${error instanceof Error ? error.message : String(error)}\nMore in ${join(dataDir, 'logs', 'message-push.log')}`,
  );
}

async function run(): Promise<void> {
  const notes: string[] = [];
  const port = (name: keyof typeof DEFAULT_PORTS, wanted: number) =>
    choosePort(config.host, wanted, !isSet(`${name.toUpperCase()}_PORT`), (note) => notes.push(`${name}: ${note}`));
  const ports = { api: await port('api', config.apiPort), gateway: await port('gateway', config.gatewayPort) };
  const metrics = new Metrics();
  const stores = await step(
    'Opening the data folder (the first time it is made)',
    openStores(config, dataDir, log, metrics),
  );
  const demo = await step('Looking for the demo app', demoCredential(stores.database, dataDir));
  const operator = await step('Looking for the first operator', firstOperator(stores.database, dataDir));
  const running = await step('Starting', startApps(config, dataDir, stores, log, metrics, ports));
  const api = `http://${addressOf(running, 'api')}`;
  const withConsole = !args.includes('--no-console');
  const web = withConsole
    ? await step(
        'Starting the console',
        startConsole({ apiUrl: api, host: config.host, port: await port('console', config.consolePort) }),
      )
    : undefined;
  const file: RunFile = {
    mode: 'standalone',
    pid: process.pid,
    api,
    gateways: [`ws://${addressOf(running, 'gateway')}/message-push/v1/message`],
    console: web?.url ?? null,
    demo,
    operator,
    processes: [
      ...running.map(({ role, id, address }) => ({ role, id, pid: process.pid, address })),
      ...(web ? [{ role: 'console', id: 'console-1', pid: web.pid, address: new URL(web.url).host }] : []),
    ],
  };
  // First: whoever reads the file may stop this process at once.
  stopOnSignals(async () => {
    await stopAll(running, web);
    await closeStores(stores);
  });
  writePrivate(runFile, `${JSON.stringify(file, null, 2)}\n`);
  process.stdout.write(banner(file, notes, Date.now() - started));
  log.info({ api, gateways: file.gateways, console: file.console }, 'ready');
}

function addressOf(running: Running[], role: Running['role']): string {
  const found = running.find((one) => one.role === role);
  if (!found) throw new Error(`no ${role} was started`);
  return found.address;
}

async function stopAll(running: Running[], web: ConsoleProcess | undefined): Promise<void> {
  await Promise.all([web?.stop(), stopApps(running)]);
}

const SAME_SIGNAL_MS = 1000;

/** The first signal drains, a second one ends at once. A launcher that died counts as a signal. */
function stopOnSignals(stop: () => Promise<void>): void {
  let stoppingSince: number | undefined;
  const onSignal = async () => {
    if (stoppingSince !== undefined) {
      // A terminal's Ctrl-C comes more than once: from the terminal, from npm, from the launcher.
      if (Date.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(130);
      return;
    }
    stoppingSince = Date.now();
    say('Stopping: finishing what is under way (Ctrl-C again ends at once) …');
    rmSync(runFile, { force: true });
    await stop();
    unlock();
    log.info('stopped');
    say('Stopped.');
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void onSignal());
  process.on('disconnect', () => void onSignal());
}

function end(code: number, text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(code);
}
