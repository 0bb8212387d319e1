// The Lua scripts of Redis: put together from their files, with the limits of configuration and the layout written in.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { InboxLimits } from '@message-push/delivery';
import { inboxConstants } from './layout.ts';

const INBOX = {
  append: ['head', 'append-end', 'entries', 'scopes', 'append'],
  bind: ['head', 'bind-end', 'entries', 'scopes', 'bind'],
  pull: ['head', 'entries', 'scopes', 'pull'],
  advance: ['head', 'advance-end', 'entries', 'scopes', 'advance'],
  unbind: ['head', 'unbind'],
  binds: ['head', 'binds'],
  revokeBefore: ['head', 'revoke-before'],
  recall: ['head', 'entries', 'recall'],
  erase: ['head', 'entries', 'scopes', 'erase'],
};

/** Scripts that a busy process calls for many receivers at a time. */
const MANY = ['append', 'advance'];

const SHARED = {
  writeRing: ['ring-write'],
  revoke: ['revoke'],
  lease: ['lease'],
  release: ['release'],
  announce: ['announce'],
  announced: ['announced'],
  openLog: ['log-open'],
  logSeen: ['log-seen'],
  sawOffsets: ['log-saw'],
  claimDevice: ['device-claim'],
  forgetDevice: ['device-forget'],
  beginIdempotent: ['idempotency-begin'],
  takeOverIdempotent: ['idempotency-take'],
  finishIdempotent: ['idempotency-finish'],
  takeBudget: ['budget-take'],
};

type Name = keyof typeof INBOX | keyof typeof SHARED;

export interface Script {
  sha: string;
  lua: string;
  /** The same for several receivers at once. */
  many?: Script;
}

export type Scripts = Record<Name, Script>;

/** The scripts for these limits. Processes whose limits differ have scripts of their own, on the same inboxes. */
export function loadScripts(limits: InboxLimits & { keepMs: number }): Scripts {
  const constants = inboxConstants(limits);
  const files = new Map<string, string>();
  const textOf = (file: string) => {
    const text = files.get(file) ?? readFileSync(new URL(`./lua/${file}.lua`, import.meta.url), 'utf8');
    files.set(file, text);
    return text;
  };
  const scriptOf = (list: string[], edit: (lua: string) => string): Script => {
    const lua = edit(list.map(textOf).join('\n'));
    return { lua, sha: hash('sha1', lua) };
  };
  const made = (parts: Record<string, string[]>, edit: (lua: string) => string) =>
    Object.entries(parts).map(([name, list]): [string, Script] => {
      const script = scriptOf(list, edit);
      if (MANY.includes(name)) script.many = scriptOf(['many-begin', ...list, 'many-end'], edit);
      return [name, script];
    });
  const written = (lua: string) => lua.replace(/\b[A-Z][A-Z_]+\b/g, (name) => String(constants[name] ?? name));
  return Object.fromEntries([...made(INBOX, written), ...made(SHARED, (lua) => lua)]) as Scripts; // the names of both tables
}
