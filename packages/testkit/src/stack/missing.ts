// What the system has to provide, and the one command that installs what it lacks.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { postgresBinaries } from './postgres.ts';
import { type Engine, StackError } from './types.ts';

const JAVA_MIN = 17;
const needsJava = (engine: Engine) => engine === 'kafka' || engine === 'elasticsearch' || engine === 'nacos';

export interface MissingPackage {
  engine: Engine;
  /** One sentence. */
  why: string;
  /** The command that installs what this engine lacks. */
  install: string;
  /** Packages of the system's own package manager. */
  packages: string[];
}

/** Nothing is installed by this; an empty list: all of them can be started. */
export function missingSystemPackages(engines: readonly Engine[]): MissingPackage[] {
  const java = engines.some(needsJava) ? lacksOfJava() : [];
  return engines.flatMap((engine) => {
    const lacks = needsJava(engine) ? java : engine === 'redis' ? lacksOfRedis() : lacksOfPostgres();
    if (lacks.length === 0) return [];
    const packages = lacks.map(({ names }) => names);
    const why = lacks.map(({ what }) => what).join(' and ');
    return [{ engine, why: `${engine} needs ${why}`, install: installCommand(packages), packages }];
  });
}

/** One command for all of them; empty when nothing is missing. */
export function installAll(missing: readonly MissingPackage[]): string {
  if (missing.length === 0) return '';
  return installCommand([...new Set(missing.flatMap(({ packages }) => packages))]);
}

/** Throws one StackError that names what each engine lacks, and the command that installs it. */
export function requireSystemPackages(engines: readonly Engine[]): void {
  const missing = missingSystemPackages(engines);
  if (missing.length === 0) return;
  const lines = missing.map(({ why }) => `${why}.`);
  const rest = engines.filter((engine) => !missing.some((lacking) => lacking.engine === engine));
  if (rest.length > 0) lines.push(`Nothing is missing for ${rest.join(', ')}.`);
  throw new StackError(`${lines.join('\n')}\nTo install what is missing:\n  ${installAll(missing)}`);
}

interface Lack {
  what: string;
  names: string;
}

function lacksOfJava(): Lack[] {
  const lacks: Lack[] = [];
  const said = spawnSync('javac', ['-version'], { encoding: 'utf8' });
  const version = Number(/javac (\d+)/.exec(`${said.stdout}${said.stderr}`)?.[1] ?? 0);
  if (version < JAVA_MIN || !onPath('java') || !onPath('jar'))
    lacks.push({ what: `a JDK ${JAVA_MIN} or later${version > 0 ? ` (found ${version})` : ''}`, names: jdkPackage() });
  if (!onPath('mvn')) lacks.push({ what: 'Maven', names: 'maven' });
  return lacks;
}

function lacksOfRedis(): Lack[] {
  return onPath('redis-server') ? [] : [{ what: 'redis-server', names: onPath('apt-get') ? 'redis-server' : 'redis' }];
}

function lacksOfPostgres(): Lack[] {
  if (postgresBinaries()) return [];
  return [{ what: 'the PostgreSQL server', names: onPath('apt-get') ? 'postgresql' : 'postgresql-server' }];
}

function jdkPackage(): string {
  if (!onPath('apt-get')) return 'java-17-openjdk-devel';
  const known = spawnSync('apt-cache', ['show', 'openjdk-17-jdk-headless'], { stdio: 'ignore' }).status === 0;
  return known ? 'openjdk-17-jdk-headless' : 'default-jdk-headless';
}

function installCommand(packages: readonly string[]): string {
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  const names = packages.join(' ');
  if (onPath('apt-get')) return `${sudo}apt-get install -y --no-install-recommends ${names}`;
  if (onPath('dnf')) return `${sudo}dnf install -y ${names}`;
  return `install with the package manager of this system: ${names}`;
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((place) => place !== '' && existsSync(join(place, program)));
}
