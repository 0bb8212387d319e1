// Understands what was typed behind `npm run admin --`: which command, and whether its words and options are right.
import { parseArgs } from 'node:util';
import { COMMANDS, type Input, UsageError } from './admin-commands.ts';

/** Words and options. Throws UsageError for options that no command has. */
export function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'boolean' },
        id: { type: 'string' },
        alias: { type: 'string', multiple: true },
        expires: { type: 'string' },
        test: { type: 'boolean' },
        grace: { type: 'string' },
        name: { type: 'string' },
        role: { type: 'string' },
        app: { type: 'string', multiple: true },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The command of these words, if the rest is right for it. Throws UsageError. */
export function commandOf(noun: string, verb: string, words: string[], options: Input['options']) {
  const name = `${noun} ${verb}`;
  const command = COMMANDS[name];
  if (!command) throw new UsageError(`There is no command "${name.trim()}".`);
  checkUsage(name, command.usage, words, options);
  return command;
}

/** The usage line is the rule: as many words as it names, and only its options. */
function checkUsage(name: string, usage: string, words: string[], options: Input['options']): void {
  const required = usage.match(/^[A-Z]+/)?.length ?? 0;
  const most = required + (usage.match(/ \[[A-Z]+\]/)?.length ?? 0);
  const unknown = Object.keys(options).find((option) => !usage.includes(`--${option}`));
  if (words.length >= required && words.length <= most && unknown === undefined) return;
  const problem = unknown
    ? `--${unknown} is not for this command.`
    : words.length > most
      ? 'Too many words; put a name with spaces in quotes.'
      : 'Something is missing.';
  throw new UsageError(`${problem}\nUsage: npm run admin -- ${`${name} ${usage}`.trim()}`);
}
