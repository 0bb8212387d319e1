// The processes of one cluster on this machine: who is there, started and stopped in the order in which data flows.
import type { ProcessInfo, Role } from '@message-push/testkit/control';
import { boundLogFile } from '../log-file.ts';
import { Member } from './member.ts';

export interface ClusterOptions {
  /** The environment of a process with this role and name. */
  envOf(role: Role, id: string): Record<string, string | undefined>;
  logDir: string;
  /** Cluster secret of the inner calls. */
  secret: string;
  /** A process that died unexpectedly is started again under its name. */
  respawn: boolean;
  say(line: string): void;
  /** Who is there has changed. */
  onChange(): void;
}

/**
 * A stop follows the messages: nothing new is taken in, what was read is delivered to sockets that are still open, the sockets are closed
 * (4001), and the nodes, empty then, write down what they heard last.
 */
const STOP_ORDER: readonly Role[] = ['console', 'api', 'consumer', 'gateway', 'node'];
const DRAIN_LOOK_MS = 100;
const DRAIN_SAY_MS = 2000;
/** Longer than a process gives itself (STOP_TIMEOUT_MS). */
const STOP_MS = 70_000;
const RESPAWN_MIN_MS = 1000;
const RESPAWN_MAX_MS = 30_000;
/** Dead ones that are remembered. */
const DEAD_MAX = 50;
const LOG_LOOK_MS = 5000;

export class Cluster {
  readonly #options: ClusterOptions;
  readonly #members = new Map<string, Member>();
  readonly #numbers = new Map<Role, number>();
  /** Ends that were asked for. */
  readonly #expected = new Set<string>();
  readonly #respawns = new Map<string, { timer: NodeJS.Timeout; waitMs: number }>();
  readonly #logs: NodeJS.Timeout;
  #stopping = false;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.#logs = setInterval(() => {
      for (const member of this.#members.values()) if (member.alive) boundLogFile(member.log);
    }, LOG_LOOK_MS);
  }

  /** All that live, then the dead that are remembered. */
  get members(): Member[] {
    const all = [...this.#members.values()];
    return [...all.filter(({ alive }) => alive), ...all.filter(({ alive }) => !alive)];
  }

  living(role: Role): Member[] {
    return this.members.filter((member) => member.alive && member.role === role);
  }

  status(): ProcessInfo[] {
    return this.members.map(({ role, id, pid, address, state, since, ended, missing }) => ({
      role,
      id,
      pid,
      address: address ?? '',
      state,
      since,
      ...(ended !== undefined && { ended }),
      ...(missing.length > 0 && { missing }),
    }));
  }

  /** Starts a process under the next name of its role; it need not be ready yet. */
  start(role: Role): Member {
    const number = (this.#numbers.get(role) ?? 0) + 1;
    this.#numbers.set(role, number);
    return this.#launch(role, `${role}-${number}`);
  }

  /** Starts one and waits until it is ready. */
  async add(role: Role): Promise<Member> {
    if (this.#stopping) throw new Error('The cluster is stopping.');
    const member = this.start(role);
    await member.ready();
    return member;
  }

  /** Empties it, then ends it: nobody notices. */
  async drain(id: string, progress: (line: string) => void): Promise<void> {
    const member = this.#find(id);
    const others = this.living(member.role).filter(({ state }) => state === 'serving' && member.role !== 'console');
    if (!others.some((other) => other !== member))
      throw new Error(
        `${id} is the last ${member.role} that serves: add another one first, or use: npm run cluster -- stop ${id}`,
      );
    member.become('draining');
    if (member.role === 'node') await this.#empty(member, progress);
    await this.#end(member, 'SIGTERM');
  }

  /** SIGTERM: it ends what is under way within its time. */
  async stop(id: string): Promise<void> {
    const member = this.#find(id);
    await this.#end(member, 'SIGTERM');
  }

  /** kill -9. The process stays dead unless the cluster respawns. */
  async kill(id: string): Promise<void> {
    const member = this.#find(id);
    member.signal('SIGKILL');
    await member.gone;
  }

  /** SIGSTOP: its connections stay open, nothing is answered. */
  pause(id: string): void {
    const member = this.#find(id);
    member.signal('SIGSTOP');
    member.become('paused');
  }

  resume(id: string): void {
    const member = this.#find(id);
    member.signal('SIGCONT');
    member.become('serving');
  }

  /** Ends all, group by group. */
  async stopAll(): Promise<void> {
    this.#stopping = true;
    for (const { timer } of this.#respawns.values()) clearTimeout(timer);
    for (const role of STOP_ORDER) {
      const group = this.living(role);
      if (group.length === 0) continue;
      this.#options.say(`Stopping ${group.map(({ id }) => id).join(', ')} …`);
      await Promise.all(group.map((member) => this.#end(member, 'SIGTERM')));
    }
    clearInterval(this.#logs);
  }

  /** kill -9 of all that is left, at once. */
  killAll(): void {
    for (const member of this.#members.values()) member.signal('SIGKILL');
  }

  #launch(role: Role, id: string): Member {
    const { envOf, logDir, onChange } = this.#options;
    const member = new Member({
      role,
      id,
      env: envOf(role, id),
      logDir,
      onChange,
      onExit: (gone) => this.#onExit(gone),
    });
    this.#members.delete(id);
    this.#members.set(id, member);
    onChange();
    return member;
  }

  #find(id: string): Member {
    const member = this.#members.get(id);
    const ids = this.members.filter(({ alive }) => alive).map((one) => one.id);
    if (!member) throw new Error(`There is no ${id}. There are: ${ids.join(', ')}`);
    if (!member.alive) throw new Error(`${id} has ended already (${member.ended}).`);
    return member;
  }

  async #empty(member: Member, progress: (line: string) => void): Promise<void> {
    const { secret } = this.#options;
    await member.call('POST', '/v1/inner/drain', secret);
    for (let saidAt = Number.NEGATIVE_INFINITY; member.alive; ) {
      // the node's own answer: NodeStats
      const { sessions } = (await member.call('GET', '/v1/inner/stats', secret)) as { sessions: number };
      if (sessions === 0) return;
      if (Date.now() - saidAt >= DRAIN_SAY_MS) {
        progress(`${member.id}: ${sessions} sessions are being moved …`);
        saidAt = Date.now();
      }
      await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
    }
  }

  async #end(member: Member, signal: NodeJS.Signals): Promise<void> {
    if (!member.alive) return;
    this.#expected.add(member.id);
    member.signal('SIGCONT'); // a paused one could not end
    member.signal(signal);
    member.become('stopping');
    const timer = setTimeout(() => {
      this.#options.say(`${member.id} did not end within ${STOP_MS / 1000} s: killed`);
      member.signal('SIGKILL');
    }, STOP_MS);
    await member.gone;
    clearTimeout(timer);
  }

  #onExit(member: Member): void {
    const { say, respawn, onChange } = this.#options;
    const asked = this.#expected.delete(member.id);
    // One that has not read its configuration yet has nothing to end in order.
    if (asked && (member.ended === 'ended' || member.ended === 'SIGTERM')) this.#members.delete(member.id);
    else say(`${member.id} died (${member.ended}); its last words are in ${member.log}`);
    this.#forgetOld();
    onChange();
    if (!asked && respawn && !this.#stopping) this.#respawn(member);
  }

  #respawn({ role, id, since }: Member): void {
    const before = this.#respawns.get(id);
    const quick = before !== undefined && Date.now() - since < RESPAWN_MAX_MS;
    const waitMs = quick ? Math.min(RESPAWN_MAX_MS, before.waitMs * 2) : RESPAWN_MIN_MS;
    const timer = setTimeout(() => {
      this.#options.say(`${id} is started again`);
      this.#launch(role, id)
        .ready()
        .catch(() => undefined); // its death is told and counted where it happens
    }, waitMs);
    this.#respawns.set(id, { timer, waitMs });
  }

  #forgetOld(): void {
    const dead = [...this.#members.values()].filter(({ alive }) => !alive);
    for (const { id } of dead.slice(0, Math.max(0, dead.length - DEAD_MAX))) this.#members.delete(id);
  }
}
