// How calls reach Redis: names of keys, scripts by their hash, and which connection carries them.
import { ApiError } from '@message-push/protocol';
import type { Lane } from './lane.ts';
import type { Routes } from './routes.ts';
import type { Script, Scripts } from './scripts.ts';

export class RedisStore {
  readonly scripts: Scripts;
  readonly routes: Routes;
  isClosed = false;
  readonly #prefix: string;

  constructor(routes: Routes, scripts: Scripts, prefix: string) {
    this.routes = routes;
    this.scripts = scripts;
    this.#prefix = prefix;
  }

  /** The key of a kind of thing; what shares a tag is kept together and may be used by one script. */
  key(kind: string, tag: string, rest = ''): string {
    return `${this.#prefix}${kind}:{${tag}}${rest}`;
  }

  /** Runs a script on keys of one tag. */
  async run(script: Script, tag: string, keys: string[], args: string[]): Promise<unknown> {
    return this.runOn(this.routes.laneOf(tag), script, keys, args);
  }

  runOn(lane: Lane, script: Script, keys: string[], args: string[]): Promise<unknown> {
    return lane.run({ script, keys, args });
  }

  /** Throws when state was closed: also a call with nothing to do says so. */
  check(): void {
    if (this.isClosed) throw new ApiError('STATE_UNAVAILABLE', { cause: new Error('state was closed') });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.routes.close();
  }

  async command(tag: string, command: string[]): Promise<unknown> {
    return this.routes.laneOf(tag).call(command);
  }
}

/** The hash tag of something that belongs to an app; different things never have the same. */
export function tagOf(app: string, name: string): string {
  return `${/[%:}]/.test(app) ? escaped(app) : app}:${/[%}]/.test(name) ? escaped(name) : name}`;
}

/** A brace would end the tag; a colon in the app's id would make it another's. */
function escaped(text: string): string {
  return text.replace(/[%:}]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}
