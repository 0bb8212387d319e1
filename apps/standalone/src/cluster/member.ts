// One process of the cluster: started from its main.ts with its settings in the environment, watched, signalled, and its log kept bounded.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '@message-push/testkit/control';
import { type Owner, ownerOf } from '../data-dir.ts';
import { root } from '../running.ts';

export type MemberState = 'starting' | 'serving' | 'draining' | 'stopping' | 'paused' | 'dead';

export interface MemberOptions {
  role: Role;
  id: string;
  env: Record<string, string | undefined>;
  logDir: string;
  /** Its address, its readiness or its end is another. */
  onChange(member: Member): void;
  onExit(member: Member): void;
}

const READY_POLL_MS = 100;
const CALL_TIMEOUT_MS = 2000;
const TAIL_LINES = 15;

export class Member {
  readonly role: Role;
  readonly id: string;
  readonly log: string;
  /** Tells this life of the process from others. */
  readonly owner: Owner;
  /** How it ended, once it has. */
  ended: string | undefined;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  address: string | undefined;
  state: MemberState = 'starting';
  since = Date.now();
  /** What keeps it from serving, as it said last. */
  missing: string[] = [];
  readonly #child: ChildProcess;
  readonly #options: MemberOptions;

  constructor(options: MemberOptions) {
    const { role, id, env, logDir } = options;
    this.#options = options;
    this.role = role;
    this.id = id;
    this.log = join(logDir, `${id}.log`);
    const output = openSync(this.log, 'a', 0o600);
    this.#child = spawn(process.execPath, [join(root, 'apps', role, 'src', 'main.ts')], {
      env,
      stdio: ['ignore', output, output, 'ipc'],
      // In a session of its own: the terminal's Ctrl-C is for the launcher, which stops in order.
      detached: true,
    });
    closeSync(output);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gone = promise;
    this.#child.once('exit', (code, signal) => {
      this.#onExit(code === 0 ? 'ended' : (signal ?? `exit code ${code}`));
      resolve();
    });
    this.#child.once('error', (error) => {
      this.#onExit(error.message);
      resolve();
    });
    this.#child.on('message', (message) => this.#onMessage(message));
    this.owner = ownerOf(this.pid);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get alive(): boolean {
    return this.ended === undefined;
  }

  become(state: MemberState): void {
    if (this.state === state) return;
    this.state = state;
    this.since = Date.now();
    this.#options.onChange(this);
  }

  /** Says something to it over its channel. */
  tell(message: object): void {
    if (this.alive && this.#child.connected) this.#child.send(message, () => undefined); // its end is told elsewhere
  }

  signal(name: NodeJS.Signals): void {
    if (this.alive) this.#child.kill(name);
  }

  /** Resolves when it is ready; rejects when it ended before. */
  async ready(): Promise<void> {
    for (;;) {
      if (!this.alive) throw new Error(`${this.id} did not start (${this.ended}):\n${this.tail()}`);
      if (this.address !== undefined && (await this.#isReady(this.address))) break;
      await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
    }
    if (this.state === 'starting') this.become('serving');
  }

  /** A call of its inner port. */
  async call(method: 'GET' | 'POST', path: string, secret: string): Promise<unknown> {
    const response = await fetch(`http://${this.address}${path}`, {
      method,
      headers: { authorization: `Bearer ${secret}` },
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    }).catch((cause: unknown) => {
      throw new Error(`${this.id} does not answer.`, { cause });
    });
    if (!response.ok) throw new Error(`${this.id} answered ${response.status} to ${path}`);
    return response.json();
  }

  /** The last lines of its log. */
  tail(): string {
    const lines = readFileSync(this.log, 'utf8').trimEnd().split('\n');
    return lines
      .slice(-TAIL_LINES)
      .map((line) => `    ${line}`)
      .join('\n');
  }

  async #isReady(address: string): Promise<boolean> {
    try {
      const response = await fetch(`http://${address}/readyz`, { signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
      // written by the applications: {missing: [...]}, by the api an error's envelope
      const { missing, msg = '' } = (await response.json()) as { missing?: string[]; msg?: string };
      this.missing = missing ?? (response.ok ? [] : [msg]);
      return response.ok && this.missing.length === 0;
    } catch {
      return false;
    }
  }

  /** What runProcess says: where it listens, or what it waits for. */
  #onMessage(message: unknown): void {
    const { listening, waiting } = message as { listening?: string; waiting?: string[] };
    if (waiting !== undefined) this.missing = waiting;
    if (listening === undefined) return;
    this.missing = [];
    this.address = listening;
    this.#options.onChange(this);
  }

  #onExit(how: string): void {
    if (this.ended !== undefined) return;
    this.ended = how;
    this.state = 'dead';
    this.since = Date.now();
    this.#options.onExit(this);
  }
}
