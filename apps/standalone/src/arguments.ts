// Reads the options of a small command; what is not understood is said together with the usage, exit code 2.
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The values of these options. */
export function readOptions<const O extends NonNullable<ParseArgsConfig['options']>>(options: O, help: string) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error), help);
  }
}

/** Says what is wrong and ends. */
export function refuse(problem: string, help: string): never {
  process.stderr.write(`${problem}\n${help}`);
  process.exit(2);
}
