// The Lua scripts of Redis: put together from their files, with the limits of configuration as constants in front.
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { InboxLimits } from '@message-push/delivery';

const INBOX = {
  append: ['head', 'append-end', 'entries', 'scopes', 'append'],
  bind: ['head', 'entries', 'scopes', 'bind'],
  pull: ['head', 'entries', 'scopes', 'pull'],
  advance: ['head', 'advance-end', 'entries', 'scopes', 'advance'],
  unbind: ['head', 'unbind'],
  binds: ['head', 'binds'],
  revokeBefore: ['head', 'revoke-before'],
  recall: ['head', 'entries', 'recall'],
  erase: ['head', 'entries', 'scopes', 'erase'],
};

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
}

export type Scripts = Record<Name, Script>;

/** The scripts for these limits. Processes whose limits differ have scripts of their own, on the same inboxes. */
export function loadScripts(limits: InboxLimits & { keepMs: number }): Scripts {
  const constants = {
    ENTRIES_MAX: limits.entriesMax,
    BYTES_MAX: limits.bytesMax,
    SCOPES_MAX: limits.scopesMax,
    HOLD_MS: limits.holdMs,
    SCOPE_IDLE_MS: limits.scopeIdleMs,
    BINDS_MAX: limits.bindsMax,
    KEEP_MS: limits.keepMs,
  };
  const front = Object.entries(constants)
    .map(([name, value]) => `local ${name} = ${value}\n`)
    .join('');
  const files = new Map<string, string>();
  const textOf = (file: string) => {
    const text = files.get(file) ?? readFileSync(new URL(`./lua/${file}.lua`, import.meta.url), 'utf8');
    files.set(file, text);
    return text;
  };
  const made = (parts: [string, string[]][], before: string) =>
    parts.map(([name, list]): [string, Script] => {
      const lua = before + list.map(textOf).join('\n');
      return [name, { lua, sha: hash('sha1', lua) }];
    });
  const all = [...made(Object.entries(INBOX), front), ...made(Object.entries(SHARED), '')];
  return Object.fromEntries(all) as Scripts; // the names of both tables
}
