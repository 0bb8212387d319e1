// The life of one member in its group, by Kafka's classic group protocol: join, learn the assignment, show itself, join again, leave.
import type { Clock, Log } from '@message-push/runtime';
import type { Topic } from '../index.ts';
import type { Answers } from './answers.ts';
import { assign, decodeAssignment, decodeMember, encodeAssignment, encodeMember, PROTOCOL } from './assignment.ts';
import type { Cluster } from './cluster.ts';
import type { Connections } from './connections.ts';
import { type Broker, call, check, errorOf } from './driver.ts';
import { type KafkaSettings, nameOf } from './settings.ts';

const RETRY_FIRST_MS = 50;
const RETRY_LAST_MS = 1000;
const ILLEGAL_GENERATION = 22;
const UNKNOWN_MEMBER = 25;
const REBALANCE = 27;
const MEMBER_ID_REQUIRED = 79;

export interface MembershipOptions {
  cluster: Cluster;
  settings: KafkaSettings;
  clock: Clock;
  log: Log | undefined;
  groupId: string;
  topic: Topic;
  /** Partitions read now: they stay with this member if its share allows. */
  owned(): number[];
  /** The partitions of this generation. Resolves when the others are given up: true when there were any, so that the group goes on. */
  onAssignment(partitions: number[]): Promise<boolean>;
  /** The group went on without this member: all partitions may be read by others. */
  onLost(): void;
  /** The group is heard of again after a silence in which nothing might be read. */
  onContact(): void;
}

/**
 * Promises: while the group changes, partitions that stay are read on; one that moves is given up before its next reader has it. A
 * member that has not been heard of for a session knows that others may read its partitions, and is `silent`.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #connections: Connections;
  readonly #changed: (() => void)[] = [];
  #memberId = '';
  #generation = -1;
  #joining = true;
  #contactAt: number;
  #joinAgain = false;
  #closed = false;
  #wake: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#contactAt = options.clock.now();
    // Several heartbeats may hang before the session ends; a join brings its own time.
    this.#connections = options.cluster.connections(options.settings.sessionMs / 3);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Who commits, and in which generation. */
  get self(): { groupId: string; generation: number; memberId: string } {
    return { groupId: this.#options.groupId, generation: this.#generation, memberId: this.#memberId };
  }

  /** While it waits in a join the group knows of it. */
  get silent(): boolean {
    const { clock, settings } = this.#options;
    return !this.#joining && clock.now() - this.#contactAt > settings.sessionMs;
  }

  /** Resolves when the generation is another than this one, or the time is over. */
  after(generation: number, withinMs: number): Promise<void> {
    if (this.#generation !== generation || this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#changed.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Joins anew, so that the partitions are shared out again. */
  rejoin(): void {
    this.#joinAgain = true;
    this.#wake?.();
  }

  /** Leaves, so that the others need not wait for the end of the session. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    if (this.#memberId !== '') await this.#leave().catch(() => undefined); // else the session ends by itself
    for (const resolve of this.#changed.splice(0)) resolve();
    await this.#connections.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    let waitMs = RETRY_FIRST_MS;
    while (!this.#closed) {
      try {
        const given = await this.#join();
        if (this.#closed) break;
        waitMs = RETRY_FIRST_MS;
        await this.#stay(this.#options.onAssignment(given));
      } catch (cause) {
        if (this.#closed) break;
        // The group may not wait for it: silent since it was heard of last.
        this.#joining = this.#generation < 0;
        const { log, groupId, cluster } = this.#options;
        log?.debug({ err: cause, group: groupId }, 'the group can not be joined now');
        cluster.forgetCoordinator(groupId);
        await this.#sleep(waitMs);
        waitMs = Math.min(2 * waitMs, RETRY_LAST_MS);
      }
    }
  }

  async #coordinator(): Promise<Broker> {
    const { cluster, groupId } = this.#options;
    return this.#connections.broker(await cluster.coordinator(groupId));
  }

  /** Answers the partitions of this member. */
  async #join(): Promise<number[]> {
    const { topic, settings, clock, log, groupId } = this.#options;
    this.#joinAgain = false;
    const coordinator = await this.#coordinator();
    const joined = await this.#joined(coordinator);
    this.#memberId = joined.memberId;
    const name = nameOf(settings, topic);
    const groupAssignment = joined.leaderId === joined.memberId ? this.#share(name, joined.members) : [];
    const { memberId, generationId: generation } = joined;
    const sync = { groupId, generationId: generation, memberId, groupAssignment };
    const sentAt = clock.now();
    const { errorCode, memberAssignment } = await call(coordinator, 'SyncGroup', sync, settings.rebalanceMs);
    if (errorCode === UNKNOWN_MEMBER || errorCode === ILLEGAL_GENERATION) this.#lost();
    check(errorCode);
    this.#heard(sentAt);
    this.#joining = false;
    this.#generation = generation;
    for (const resolve of this.#changed.splice(0)) resolve();
    const given = decodeAssignment(name, memberAssignment);
    log?.info({ group: groupId, generation, members: joined.members.length || undefined, partitions: given }, 'joined');
    return given;
  }

  async #joined(coordinator: Broker): Promise<Answers['JoinGroup']> {
    const { groupId, topic, settings } = this.#options;
    const metadata = encodeMember(nameOf(settings, topic), {
      owned: this.#options.owned(),
      generation: this.#generation,
    });
    const ask = () =>
      call(coordinator, 'JoinGroup', {
        groupId,
        sessionTimeout: settings.sessionMs,
        rebalanceTimeout: settings.rebalanceMs,
        memberId: this.#memberId,
        protocolType: 'consumer',
        groupProtocols: [{ name: PROTOCOL, metadata }],
      });
    this.#joining = true;
    let answer = await ask();
    if (answer.errorCode === MEMBER_ID_REQUIRED) {
      this.#memberId = answer.memberId;
      answer = await ask();
    }
    if (answer.errorCode === UNKNOWN_MEMBER) this.#lost();
    check(answer.errorCode);
    return answer;
  }

  #share(name: string, members: Answers['JoinGroup']['members']): { memberId: string; memberAssignment: Buffer }[] {
    const { cluster, topic } = this.#options;
    const known = members.map(({ memberId, memberMetadata }) => decodeMember(memberId, memberMetadata));
    const shares = assign(cluster.topic(topic).leaders.length, known);
    return [...shares].map(([memberId, partitions]) => ({
      memberId,
      memberAssignment: encodeAssignment(name, partitions),
    }));
  }

  /** Shows itself until the group changes; what is being given up is given up before it joins again. */
  async #stay(settling: Promise<boolean>): Promise<void> {
    let settled = false;
    void settling.then((more) => {
      settled = true;
      this.#joinAgain ||= more;
      if (this.#joinAgain) this.#wake?.();
    });
    while (!this.#closed) {
      if (settled && this.#joinAgain) return;
      await this.#sleep(this.#options.settings.heartbeatMs);
      if (this.#closed || (settled && this.#joinAgain)) return;
      if (!(await this.#beat())) return;
    }
  }

  /** False when this member is not one any more. */
  async #beat(): Promise<boolean> {
    const { groupId, clock, cluster, log } = this.#options;
    const sentAt = clock.now();
    let code: number;
    try {
      const args = { groupId, groupGenerationId: this.#generation, memberId: this.#memberId };
      code = (await call(await this.#coordinator(), 'Heartbeat', args)).errorCode;
    } catch (cause) {
      log?.debug({ err: cause, group: groupId }, 'the group did not answer');
      cluster.forgetCoordinator(groupId);
      return true;
    }
    if (code === UNKNOWN_MEMBER || code === ILLEGAL_GENERATION) {
      this.#lost();
      return false;
    }
    if (code === 0 || code === REBALANCE) this.#heard(sentAt);
    else {
      log?.debug({ err: errorOf(code), group: groupId }, 'the group did not take the heartbeat');
      cluster.forgetCoordinator(groupId);
    }
    this.#joinAgain ||= code === REBALANCE;
    return true;
  }

  #heard(sentAt: number): void {
    const silent = this.silent;
    this.#contactAt = sentAt;
    if (silent) this.#options.onContact();
  }

  #lost(): void {
    const { log, groupId } = this.#options;
    log?.warn({ group: groupId, generation: this.#generation }, 'the group went on without this member');
    this.#memberId = '';
    this.#generation = -1;
    this.#joining = true;
    for (const resolve of this.#changed.splice(0)) resolve();
    this.#options.onLost();
  }

  /** Not over its own connection: a join that waits is in the way there. */
  async #leave(): Promise<void> {
    const { cluster, groupId } = this.#options;
    const coordinator = cluster.calls.broker(await cluster.coordinator(groupId));
    await call(coordinator, 'LeaveGroup', { groupId, memberId: this.#memberId });
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#wake = end;
    });
  }
}
