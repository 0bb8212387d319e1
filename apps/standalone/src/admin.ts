// npm run admin -- COMMAND: apps, credentials and operators from the command line, also while the platform runs.
import { createInterface } from 'node:readline';
import { databaseFields } from '@message-push/database';
import { ApiError } from '@message-push/protocol';
import { ConfigError, loadConfig } from '@message-push/runtime';
import { COMMANDS, type Input, UsageError } from './admin-commands.ts';
import { openDatabase } from './admin-database.ts';
import { commandOf, parse } from './admin-usage.ts';
import { environment, standaloneFields } from './config.ts';
import { dataDirOf } from './running.ts';

const HELP = `npm run admin -- COMMAND [--json]

${Object.entries(COMMANDS)
  .map(([name, { usage, summary }]) => `  ${`${name} ${usage}`.trim()}\n      ${summary}`)
  .join('\n')}

Works on DATABASE_URL, else on the embedded database in DATA_DIR (default .data), also while \`npm start\` runs on it.
Exit codes: 0 done, 1 failed, 2 not understood.
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    const { positionals, values } = parse(args);
    if (values.help || positionals.length === 0) {
      (values.help ? process.stdout : process.stderr).write(HELP);
      return values.help ? 0 : 2;
    }
    return await run(positionals, values);
  } catch (error) {
    return explain(error);
  }
}

async function run(
  [noun = '', verb = '', ...words]: string[],
  { json, ...options }: Input['options'],
): Promise<number> {
  const command = commandOf(noun, verb, words, options);
  const work = await command.plan({ words, options, readSecret });
  const config = loadConfig({ ...databaseFields, dataDir: standaloneFields.dataDir }, environment);
  const { database, close } = await openDatabase(config, dataDirOf(config.dataDir));
  try {
    const { text, data } = await work(database);
    process.stdout.write(json ? `${JSON.stringify(data)}\n` : `${text}\n`);
    return 0;
  } finally {
    await close();
  }
}

/** What went wrong, in words for the person at the terminal. */
function explain(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\nAll commands: npm run admin -- --help\n`);
    return 2;
  }
  if (error instanceof ApiError && error.details.length > 0) {
    process.stderr.write(`${error.details.map(({ path, problem }) => `${path} ${problem}`).join('\n')}\n`);
    return 1;
  }
  const message = error instanceof Error ? error.message : String(error);
  const cause = error instanceof ApiError && error.cause instanceof Error ? ` (${error.cause.message.trim()})` : '';
  process.stderr.write(`${message}${cause}\n`);
  return error instanceof ConfigError ? 2 : 1;
}

async function readSecret(prompt: string): Promise<string> {
  const hidden = process.stdin.isTTY;
  if (hidden) process.stderr.write(prompt);
  const lines = createInterface({ input: process.stdin, terminal: hidden });
  // On a terminal readline echoes what is typed through the output it was given: none.
  for await (const line of lines) {
    lines.close();
    if (hidden) process.stderr.write('\n');
    return line;
  }
  return '';
}
