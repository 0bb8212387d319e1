// What `npm run admin` can do: one entry per command, each a few lines over the database's contract.
import { randomBytes } from 'node:crypto';
import type { Credential, Database, Operator, Role } from '@message-push/database';

/** Something wrong with what was typed: shown with the usage, exit code 2. */
export class UsageError extends Error {}

export interface Input {
  /** The words after the command, as many as `usage` names. */
  words: string[];
  options: Record<string, string | boolean | string[] | undefined>;
  /** The first line of standard input, without showing it on a terminal. */
  readSecret(prompt: string): Promise<string>;
}

/** What is printed: `text` for people, `data` with --json. */
interface Output {
  text: string;
  data: unknown;
}

type Work = (database: Database) => Promise<Output>;

export interface Command {
  /** Words and options after the command's name; words in capitals are required, in brackets optional. */
  usage: string;
  summary: string;
  /** Reads what was typed; a UsageError comes from here, before any database is opened. */
  plan(input: Input): Work | Promise<Work>;
}

const ROLES: Role[] = ['viewer', 'owner', 'operator', 'admin'];
const UNITS_S: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };
const PASSWORD_BYTES = 15;

export const COMMANDS: Record<string, Command> = {
  'app create': {
    usage: 'NAME [--id ID] [--alias NAME …]',
    summary: 'Makes an app. Give it a credential next.',
    plan({ words: [name = ''], options }) {
      const id = text(options.id);
      const aliases = list(options.alias);
      return async (database) => {
        const app = await database.apps.create({ name, ...(id !== undefined && { id }), aliases });
        await audit(database, 'app.create', `app ${app.id}`, null, app);
        return {
          text: `App ${app.id} was made. Its first credential: npm run admin -- credential issue ${app.id}`,
          data: app,
        };
      };
    },
  },
  'app list': {
    usage: '',
    summary: 'All apps.',
    plan() {
      return async (database) => {
        const apps = await database.apps.list();
        const rows = apps.map((app) => [app.id, app.name, app.state, app.aliases.join(' '), day(app.created_at)]);
        return { text: table(['APP', 'NAME', 'STATE', 'ALIASES', 'CREATED'], rows), data: apps };
      };
    },
  },
  'credential issue': {
    usage: 'APP [--expires DATE] [--test]',
    summary: 'Makes a secret and shows it once.',
    plan({ words: [app = ''], options }) {
      const expires = options.expires === undefined ? undefined : futureDate(text(options.expires) ?? '');
      return async (database) => {
        const made = await database.credentials.issue(app, {
          environment: options.test ? 'test' : 'live',
          ...(expires !== undefined && { expires_at: expires }),
        });
        await audit(database, 'credential.issue', `credential ${made.credential.id}`, null, made.credential);
        return { text: issued(made), data: made };
      };
    },
  },
  'credential rotate': {
    usage: 'APP [--grace 24h]',
    summary: 'Makes a new secret; the others end after the grace time (0, 15m, 24h, 7d …).',
    plan({ words: [app = ''], options }) {
      const grace = text(options.grace) ?? '24h';
      const graceS = seconds(grace);
      return async (database) => {
        const made = await database.credentials.rotate(app, graceS);
        await audit(database, 'credential.rotate', `app ${app}`, null, { ...made.credential, grace_s: graceS });
        const rest =
          graceS === 0
            ? 'All other secrets of the app are revoked.'
            : `All other secrets of the app end within ${grace}.`;
        return { text: `${issued(made)}\n${rest}`, data: made };
      };
    },
  },
  'credential revoke': {
    usage: 'CREDENTIAL',
    summary: 'Ends one credential everywhere within a second.',
    plan({ words: [id = ''] }) {
      return async (database) => {
        const credential = await database.credentials.revoke(id);
        await audit(database, 'credential.revoke', `credential ${id}`, null, credential);
        return {
          text: `Credential ${id} of app ${credential.app} (…${credential.hint}) is revoked.`,
          data: credential,
        };
      };
    },
  },
  'credential list': {
    usage: 'APP',
    summary: 'The credentials of an app; secrets are not stored and cannot be shown.',
    plan({ words: [app = ''] }) {
      return async (database) => {
        if (!(await database.apps.get(app))) throw new Error(`There is no app ${app}.`);
        const credentials = await database.credentials.list(app);
        const rows = credentials.map((one) => [
          one.id,
          `…${one.hint}`,
          stateOf(one),
          day(one.created_at),
          day(one.expires_at),
          day(one.last_used_at),
        ]);
        return {
          text: table(['CREDENTIAL', 'SECRET', 'STATE', 'CREATED', 'EXPIRES', 'LAST USED'], rows),
          data: credentials,
        };
      };
    },
  },
  'credential import': {
    usage: 'APP [SECRET]',
    summary:
      'Takes over an appSecret of the original. Without SECRET it is read from standard input, which keeps it out of the shell history.',
    async plan({ words: [app = '', given], readSecret }) {
      const secret = given ?? (await readSecret(`Secret of app ${app}: `));
      return async (database) => {
        const credential = await database.credentials.import(app, secret);
        await audit(database, 'credential.import', `credential ${credential.id}`, null, credential);
        return {
          text: `Credential ${credential.id} of app ${app} (…${credential.hint}) can be used.`,
          data: credential,
        };
      };
    },
  },
  'operator create': {
    usage: 'EMAIL [--name NAME] [--role viewer|owner|operator|admin] [--app APP …]',
    summary:
      'Makes an operator of the console (default: viewer) with a start password, shown once. --app names what an owner may act for.',
    plan({ words: [email = ''], options }) {
      const name = text(options.name) ?? email.split('@')[0] ?? email;
      const apps = list(options.app);
      const role = roleOf(options.role);
      return async (database) => {
        const password = startPassword();
        const operator = await database.operators.create({
          email,
          name,
          role,
          password,
          must_change_password: true,
        });
        if (apps.length > 0) await database.operators.setGrants(operator.id, apps);
        await audit(database, 'operator.create', `operator ${operator.email}`, null, { ...operator, apps });
        return { text: startPasswordText(operator, password), data: { operator, password } };
      };
    },
  },
  'operator reset': {
    usage: 'EMAIL',
    summary: 'Gives a new start password, shown once, and ends all sessions. Enables a disabled operator.',
    plan({ words: [email = ''] }) {
      return async (database) => {
        const operators = await database.operators.list();
        const found = operators.find((one) => one.email === email.trim().toLowerCase());
        if (!found) throw new Error(`There is no operator ${email}.`);
        const password = startPassword();
        await database.operators.setPassword(found.id, password, true);
        const operator = await database.operators.update(found.id, { disabled: false });
        await audit(database, 'operator.reset', `operator ${operator.email}`, found, operator);
        return { text: startPasswordText(operator, password), data: { operator, password } };
      };
    },
  },
  'operator list': {
    usage: '',
    summary: 'All operators.',
    plan() {
      return async (database) => {
        const operators = await database.operators.list();
        const rows = operators.map((one) => [
          one.email,
          one.name,
          one.role,
          one.disabled ? 'disabled' : one.must_change_password ? 'start password' : 'live',
          day(one.created_at),
        ]);
        return { text: table(['E-MAIL', 'NAME', 'ROLE', 'STATE', 'CREATED'], rows), data: operators };
      };
    },
  },
};

function audit(database: Database, action: string, target: string, before: unknown, after: unknown): Promise<void> {
  return database.audit.add({ actor: 'cli', action, target, before, after, ip: '' });
}

function issued({ credential, secret }: { credential: Credential; secret: string }): string {
  const expires = credential.expires_at ? `\n  expires     ${credential.expires_at.toISOString()}` : '';
  return `Credential of app ${credential.app}. The secret is shown this once: store it now.\n\n  credential  ${credential.id}\n  appId       ${credential.app}\n  appSecret   ${secret}${expires}\n`;
}

function startPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url');
}

function startPasswordText({ email, role }: Operator, password: string): string {
  return `Operator ${email} (${role}). The start password is shown this once and is to be changed at the first sign-in:\n\n  ${password}\n`;
}

function stateOf({ state, expires_at }: Credential): string {
  return state !== 'revoked' && expires_at && expires_at.getTime() <= Date.now() ? 'expired' : state;
}

function roleOf(option: Input['options'][string]): Role {
  const wanted = text(option) ?? 'viewer';
  const role = ROLES.find((one) => one === wanted);
  if (!role) throw new UsageError(`--role must be one of ${ROLES.join(', ')}.`);
  return role;
}

function futureDate(value: string): Date {
  const date = new Date(value);
  if (Number.isNaN(date.getTime()))
    throw new UsageError(`--expires ${value}: write a date like 2027-01-31 or 2027-01-31T12:00:00Z.`);
  if (date.getTime() <= Date.now()) throw new UsageError(`--expires ${value} is in the past.`);
  return date;
}

function seconds(value: string): number {
  const match = /^(\d{1,6})([smhd]?)$/.exec(value);
  if (!match) throw new UsageError(`--grace ${value}: write 0, 15m, 24h or 7d.`);
  return Number(match[1]) * (UNITS_S[match[2] || 's'] ?? 1);
}

function text(option: Input['options'][string]): string | undefined {
  return typeof option === 'string' ? option : undefined;
}

function list(option: Input['options'][string]): string[] {
  return Array.isArray(option) ? option : [];
}

function day(date: Date | null): string {
  return date ? date.toISOString().slice(0, 16).replace('T', ' ') : '–';
}

function table(head: string[], rows: string[][]): string {
  if (rows.length === 0) return 'None.';
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
