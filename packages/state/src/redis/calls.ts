// Calls on their way to Redis: which of them go as one command, and what that command is.
import type { ApiError } from '@message-push/protocol';
import type { Script } from './scripts.ts';

/** A script on its keys. */
export interface ScriptCall {
  script: Script;
  keys: string[];
  args: string[];
}

export interface Call {
  what: string[] | ScriptCall;
  done(reply: unknown): void;
  failed(error: ApiError): void;
}

/** Calls in a row of one script that knows how to be called for many, at most `max` at once; any other call is alone. */
export function groupsOf(calls: Call[], max: number): Call[][] {
  const groups: Call[][] = [];
  let open: { script: Script; group: Call[] } | undefined;
  for (const call of calls) {
    const script = 'script' in call.what ? call.what.script : undefined;
    if (open !== undefined && open.script === script && open.group.length < max) {
      open.group.push(call);
      continue;
    }
    const group = [call];
    groups.push(group);
    open = script?.many === undefined ? undefined : { script, group };
  }
  return groups;
}

export function commandOf(group: Call[]): string[] {
  const calls: ScriptCall[] = [];
  for (const { what } of group) {
    if (!('script' in what)) return what;
    calls.push(what);
  }
  const [first] = calls;
  if (first === undefined) return [];
  const { script, keys, args } = first;
  if (calls.length === 1 || script.many === undefined)
    return ['EVALSHA', script.sha, String(keys.length), ...keys, ...args];
  const command = ['EVALSHA', script.many.sha, String(calls.length * keys.length)];
  for (const call of calls) command.push(...call.keys);
  for (const call of calls) command.push(String(call.args.length), ...call.args);
  return command;
}
