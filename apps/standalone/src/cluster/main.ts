// npm run cluster: the platform as many processes on this machine, and the commands that add, drain and end them while it runs.
import { parseArgs } from 'node:util';
import { loadConfig } from '@message-push/runtime';
import { type ClusterCommand, controlCluster, NoClusterError, ROLES, type Role } from '@message-push/testkit/control';
import { refuse } from '../arguments.ts';
import { clusterDirField, environment } from '../config.ts';
import { holderOf } from '../data-dir.ts';
import { dataDirOf } from '../running.ts';
import { HELP, processTable, several } from './words.ts';

const COUNTS = { gateways: '2', nodes: '3', consumers: '2', apis: '2' } as const;
const PROCESSES_MAX = 50;
const WITH_ID = ['drain', 'stop', 'kill', 'pause', 'resume'] as const;

/** What to say when a command is done. */
const DONE = {
  add: 'serves',
  drain: 'is empty and gone',
  stop: 'has ended',
  kill: 'is dead',
  pause: 'is stopped in its tracks',
  resume: 'goes on',
} as const;

const { values, positionals } = read();
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const [name, argument, ...more] = positionals;
if (name === undefined) {
  const { launch } = await import('./launcher.ts');
  await launch({
    counts: {
      gateway: count('gateways'),
      node: count('nodes'),
      consumer: count('consumers'),
      api: count('apis'),
      console: values.console ? 1 : 0,
    },
    respawn: values.respawn,
  });
} else await tell(commandOf(name, argument, more));

function read() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        gateways: { type: 'string', default: COUNTS.gateways },
        nodes: { type: 'string', default: COUNTS.nodes },
        consumers: { type: 'string', default: COUNTS.consumers },
        apis: { type: 'string', default: COUNTS.apis },
        console: { type: 'boolean', default: false },
        respawn: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error), `\n${HELP}`);
  }
}

function count(option: keyof typeof COUNTS): number {
  const number = Number(values[option]);
  if (Number.isInteger(number) && number >= 1 && number <= PROCESSES_MAX) return number;
  refuse(`--${option} ${values[option]}: write a number from 1 to ${PROCESSES_MAX}.`, `\n${HELP}`);
}

function commandOf(name: string, argument: string | undefined, more: string[]): ClusterCommand {
  if (more.length > 0) refuse(`One at a time: what is ${more.join(' ')}?`, `\n${HELP}`);
  if (name === 'status' && argument === undefined) return { command: 'status' };
  if (name === 'add') {
    const role: Role | undefined = ROLES.find((known) => known === argument);
    if (role) return { command: 'add', role };
    refuse(`add what? One of ${ROLES.join(', ')}.`, `\n${HELP}`);
  }
  const command = WITH_ID.find((known) => known === name);
  if (!command) refuse(`There is no command ${name}.`, `\n${HELP}`);
  if (argument === undefined) refuse(`${command} what? Write its name, as "status" shows it.`, `\n${HELP}`);
  return { command, id: argument };
}

/** Hands a command to the launcher. */
async function tell(command: ClusterCommand): Promise<void> {
  const dataDir = dataDirOf(loadConfig({ dataDir: clusterDirField }, environment).dataDir);
  const say = (line: string) => process.stdout.write(`${line}\n`);
  try {
    const { id, processes } = await controlCluster(dataDir, command, say);
    if (command.command === 'status') say(processTable(processes, Date.now()));
    else say(`${id} ${DONE[command.command]}. ${summary(processes)}`);
  } catch (error) {
    const absent = error instanceof NoClusterError;
    const text = error instanceof Error ? error.message : String(error);
    const holder = absent ? holderOf(dataDir) : undefined;
    process.stderr.write(
      `${holder === undefined ? text : `Process ${holder} has ${dataDir} and is still starting.`}\n`,
    );
    process.exit(absent ? 3 : 1);
  }
}

function summary(processes: { role: Role; state: string }[]): string {
  const counts = ROLES.map((role) => {
    const living = processes.filter((one) => one.role === role && one.state !== 'dead').length;
    return living === 0 ? '' : several(living, role);
  });
  return `Now: ${counts.filter((text) => text !== '').join(', ')}.`;
}
