// Which capabilities may be built on what: the one rule about embedded and real engines.
import { ConfigError } from './config.ts';

/** What a process uses, as its variables name it; a capability that it does not use is left out. */
export interface Mixture {
  bus?: string;
  state?: string;
  archive?: string;
  registry?: string;
  database?: { databaseUrl?: string | undefined; peppers?: string[] | undefined };
}

/** `one`: npm start, where all applications share a process. `many`: each application is a process of its own. */
export type Processes = 'one' | 'many';

/** What to set where embedded would stay within one process. */
const REAL = {
  bus: 'BUS=kafka',
  state: 'STATE=redis',
  archive: 'ARCHIVE=elasticsearch',
  registry: 'REGISTRY=nacos (or static)',
} as const;

/** What is wrong with a mixture, one sentence per variable, which it begins with; none = it is valid. */
export function mixtureProblems(processes: Processes, mixture: Mixture): string[] {
  if (processes === 'one') {
    // Ports of the two nodes are the system's choice, so that nobody can list them beforehand.
    return mixture.registry === 'static'
      ? ['REGISTRY: a static list names processes at fixed addresses; npm start needs embedded or nacos']
      : [];
  }
  const problems: string[] = [];
  for (const name of ['bus', 'state', 'archive', 'registry'] as const) {
    if (mixture[name] === 'embedded')
      problems.push(`${name.toUpperCase()}: embedded serves one process only; set ${REAL[name]}, or use npm start`);
  }
  if (mixture.database && mixture.database.databaseUrl === undefined)
    problems.push('DATABASE_URL: the embedded database serves one process only; set postgres://…, or use npm start');
  if (mixture.database && mixture.database.peppers === undefined)
    problems.push('PEPPER: set it to the same random text for every process of the platform');
  return problems;
}

/** Throws a ConfigError that names every variable to change. */
export function refuseMixture(processes: Processes, mixture: Mixture): void {
  const problems = mixtureProblems(processes, mixture);
  if (problems.length > 0) throw new ConfigError(problems);
}
