// The specification of the inboxes, part one: every rule by itself. Each answer is also compared with the pure machine.
import { INBOX_LIMITS, type InboxLimits } from '@message-push/delivery';
import { SEQ_ZERO } from '@message-push/protocol';
import { expect, test } from 'vitest';
import { Beside, type BesideClock, bindOf, entryAt, idAt, seqAt } from './beside.ts';
import type { AppendEntry, Receiver, State } from './index.ts';

/** The limits under which the suite plays: small, so that their edges are met. */
export const CONFORMANCE_LIMITS: InboxLimits = {
  ...INBOX_LIMITS,
  entriesMax: 10,
  bytesMax: 8000,
  scopesMax: 3,
  bindsMax: 3,
};

export interface InboxStage {
  state(): State;
  clock: BesideClock;
  reopen(): Promise<State>;
  /** Time has let go all entries of this receiver: what would expire by itself some time later is gone now. */
  expire(receiver: Receiver): Promise<void>;
}

const ann = { app: 'shop', uid: 'ann' };
const bob = { app: 'shop', uid: 'bob' };
const all = (scope = 'p:pc') => ({ scope, platform: scope.slice(2), after: SEQ_ZERO, bytesMax: 1_000_000 });
const seqs = (entries: { seq: string }[]) => entries.map(({ seq }) => seq);

export function inboxRules(stage: InboxStage): void {
  const { clock } = stage;
  const open = () => new Beside(stage.state(), clock, CONFORMANCE_LIMITS);
  const of = (offset: number, more: Parameters<typeof entryAt>[2] = {}): AppendEntry => entryAt(offset, clock, more);
  /** Ann's inbox with entries 1..n, read up to `passed` by her pc. */
  async function withEntries(n: number, passed = 0): Promise<Beside> {
    const inboxes = open();
    for (let i = 1; i <= n; i++) await inboxes.append({ ...ann, entry: of(i) });
    await inboxes.bind(ann, bindOf('p:pc'));
    if (passed > 0) await inboxes.advance({ ...ann, scope: 'p:pc', platform: 'pc', cursor: seqAt(passed) });
    return inboxes;
  }
  appending();
  binding();
  reading();
  leaving();
  keeping();

  function appending(): void {
    test('an appended entry is new and names the one before it', async () => {
      const [first, second] = await open().append({ ...ann, entry: of(1) }, { ...ann, entry: of(2) });
      expect([first?.outcome, first?.prev]).toEqual(['new', SEQ_ZERO]);
      expect([second?.outcome, second?.prev]).toEqual(['new', seqAt(1)]);
    });

    test('a redelivered entry is held, and its place is told again', async () => {
      const inboxes = await withEntries(3);
      const [again] = await inboxes.append({ ...ann, entry: of(2) });
      expect([again?.outcome, again?.prev]).toEqual(['held', seqAt(1)]);
      expect(seqs((await inboxes.pull(ann, all())).entries)).toEqual([1, 2, 3].map((n) => seqAt(n)));
    });

    test('an entry is never refused because a later one is in', async () => {
      const inboxes = open();
      await inboxes.append({ ...ann, entry: of(5) });
      const [late] = await inboxes.append({ ...ann, entry: of(3) });
      expect([late?.outcome, late?.prev]).toEqual(['new', SEQ_ZERO]);
      expect(seqs((await inboxes.pull(ann, all())).entries)).toEqual([seqAt(3), seqAt(5)]);
    });

    test('one call for many receivers answers each, in order, with its binds of that moment', async () => {
      const inboxes = open();
      await inboxes.bind(bob, bindOf('p:pc'));
      const entry = of(1);
      const [toAnn, toBob] = await inboxes.append({ ...ann, entry }, { ...bob, entry });
      expect(toAnn?.binds).toEqual([]);
      expect(toBob?.binds).toEqual([{ node: 'n1', incarnation: 'i1', ring_version: 1 }]);
    });

    test('a message published again is recognised by its id when it is marked, and only then', async () => {
      const inboxes = open();
      const message_id = idAt(clock.now(), 1);
      await inboxes.append({ ...ann, entry: of(1, { message_id }) });
      const [marked] = await inboxes.append({ ...ann, entry: of(2, { message_id, again: true }) });
      const [unmarked] = await inboxes.append({ ...ann, entry: of(3, { message_id }) });
      expect([marked?.outcome, unmarked?.outcome]).toEqual(['again', 'new']);
    });

    test('the same uid of two apps has two inboxes', async () => {
      const inboxes = open();
      await inboxes.append({ app: 'shop', uid: 'ann', entry: of(1) }, { app: 'bank', uid: 'ann', entry: of(2) });
      expect(seqs((await inboxes.pull({ app: 'bank', uid: 'ann' }, all())).entries)).toEqual([seqAt(2)]);
    });

    test('calls made without waiting are carried out in the order they were made', async () => {
      const inboxes = open();
      const [, bound, appended, pulled] = await Promise.all([
        inboxes.append({ ...ann, entry: of(1) }),
        inboxes.bind(ann, bindOf('p:pc')),
        inboxes.append({ ...ann, entry: of(2) }),
        inboxes.pull(ann, all()),
        inboxes.unbind(ann, 'n1', 'i1'),
        inboxes.append({ ...ann, entry: of(3) }),
      ]);
      expect(bound.behind).toBe(true);
      expect(appended[0]?.binds.length).toBe(1);
      expect(seqs(pulled.entries)).toEqual([seqAt(1), seqAt(2)]);
    });
  }

  function binding(): void {
    test('a scope seen for the first time gets what is held', async () => {
      const inboxes = await withEntries(2);
      const answer = await inboxes.bind(ann, bindOf('d:phone', { platform: 'mobile' }));
      expect([answer.start, answer.behind, answer.resumed]).toEqual([SEQ_ZERO, true, true]);
    });

    test('a scope seen for the first time does not get what another has passed', async () => {
      const inboxes = await withEntries(3, 2);
      clock.advance(1);
      const answer = await inboxes.bind(ann, bindOf('p:mobile'));
      expect(answer.start).toBe(seqAt(2));
      expect(seqs((await inboxes.pull(ann, { ...all('p:mobile'), after: answer.start })).entries)).toEqual([seqAt(3)]);
    });

    test('a repeated bind goes on where the session was and reports what it had passed', async () => {
      const inboxes = await withEntries(3);
      const answer = await inboxes.bind(ann, bindOf('p:pc', { repeat: true, enqueued: seqAt(2), cursor: seqAt(1) }));
      expect([answer.start, answer.behind]).toEqual([seqAt(2), true]);
      expect(seqs(answer.passed)).toEqual([seqAt(1)]);
    });

    test('a bind with a revoked token binds nothing; a token issued later does', async () => {
      const inboxes = open();
      await inboxes.revokeBefore(ann, 1000);
      await inboxes.revokeBefore(ann, 500);
      expect((await inboxes.bind(ann, bindOf('p:pc', { issued_at: 999 }))).revoked).toBe(true);
      expect((await inboxes.binds(ann))[0]).toEqual([]);
      expect((await inboxes.bind(ann, bindOf('p:pc', { issued_at: 1000 }))).revoked).toBe(false);
    });

    test('unbind removes the record of exactly that incarnation', async () => {
      const inboxes = open();
      const at = (incarnation: string) => ({ node: 'n1', incarnation, ring_version: 1 });
      await inboxes.bind(ann, bindOf('p:pc', { bind: at('i1') }));
      await inboxes.bind(ann, bindOf('p:pc', { bind: at('i2') }));
      await inboxes.unbind(ann, 'n1', 'i1');
      await inboxes.unbind(ann, 'n2', 'i2');
      expect(await inboxes.binds(ann, bob)).toEqual([[at('i2')], []]);
    });

    test('an unbind that is carried out late does not remove the record of a later bind', async () => {
      const inboxes = open();
      const at = (serial: number) => ({ node: 'n1', incarnation: 'i1', ring_version: 1, serial });
      await inboxes.bind(ann, bindOf('p:pc', { bind: at(3) }));
      await inboxes.bind(ann, bindOf('p:mobile', { bind: at(5) }));
      await inboxes.unbind(ann, 'n1', 'i1', 4);
      expect(await inboxes.binds(ann)).toEqual([[at(5)]]);
      await inboxes.unbind(ann, 'n1', 'i1', 5);
      expect(await inboxes.binds(ann)).toEqual([[]]);
    });

    test('the record of a bind keeps its highest ring version', async () => {
      const inboxes = open();
      for (const ring_version of [3, 5, 4])
        await inboxes.bind(ann, bindOf('p:pc', { bind: { node: 'n1', incarnation: 'i1', ring_version } }));
      expect((await inboxes.binds(ann))[0]?.[0]?.ring_version).toBe(5);
    });

    test('beyond the limit the longest unused scope is forgotten', async () => {
      const inboxes = await withEntries(1, 1);
      for (const scope of ['d:a', 'd:b', 'd:c']) {
        clock.advance(10);
        await inboxes.bind(ann, bindOf(scope));
      }
      expect(inboxes.inbox(ann).scopes.map(({ id }) => id)).toEqual(['d:a', 'd:b', 'd:c']);
      await inboxes.bind(ann, bindOf('p:pc'));
    });
  }

  function reading(): void {
    test('a pull answers at least one entry, then as many as fit, and says whether there is more', async () => {
      const inboxes = open();
      for (const n of [1, 2, 3]) await inboxes.append({ ...ann, entry: of(n, { size: 500 }) });
      const small = await inboxes.pull(ann, { ...all(), bytesMax: 1 });
      expect([seqs(small.entries), small.upTo, small.more]).toEqual([[seqAt(1)], seqAt(1), true]);
      const rest = await inboxes.pull(ann, { ...all(), after: small.upTo });
      expect([seqs(rest.entries), rest.upTo, rest.more]).toEqual([[seqAt(2), seqAt(3)], seqAt(3), false]);
    });

    test('filters: a scope gets what addresses its platform or its device, and its position passes the rest', async () => {
      const inboxes = open();
      await inboxes.append({ ...ann, entry: of(1, { platforms: ['mobile'] }) });
      await inboxes.append({ ...ann, entry: of(2, { device_ids: ['phone'] }) });
      await inboxes.append({ ...ann, entry: of(3, { platforms: ['pc'] }) });
      const pc = await inboxes.pull(ann, all('p:pc'));
      expect([seqs(pc.entries), pc.upTo]).toEqual([[seqAt(3)], seqAt(3)]);
      const phone = await inboxes.pull(ann, { ...all(), scope: 'd:phone', platform: 'mobile' });
      expect(seqs(phone.entries)).toEqual([seqAt(1), seqAt(2)]);
    });

    test('an entry is not read after its time', async () => {
      const inboxes = open();
      await inboxes.append({ ...ann, entry: of(1, { expires_at: clock.now() + 1000 }) }, { ...ann, entry: of(2) });
      clock.advance(999);
      expect((await inboxes.pull(ann, all())).entries.length).toBe(2);
      clock.advance(1);
      expect(seqs((await inboxes.pull(ann, all())).entries)).toEqual([seqAt(2)]);
    });

    test('a cursor only grows, not above the inbox, and answers what it passed', async () => {
      const inboxes = await withEntries(3);
      const pc = { ...ann, scope: 'p:pc', platform: 'pc' };
      expect(seqs((await inboxes.advance({ ...pc, cursor: seqAt(2) }))[0]?.passed ?? [])).toEqual([seqAt(1), seqAt(2)]);
      expect(await inboxes.advance({ ...pc, cursor: seqAt(1) })).toEqual([{ passed: [] }]);
      expect(seqs((await inboxes.advance({ ...pc, cursor: seqAt(99) }))[0]?.passed ?? [])).toEqual([seqAt(3)]);
    });
  }

  function leaving(): void {
    test('a passed entry stays for the hold, so that a late redelivery is recognised, then it is gone', async () => {
      const inboxes = await withEntries(2, 2);
      clock.advance(CONFORMANCE_LIMITS.holdMs - 1);
      expect((await inboxes.append({ ...ann, entry: of(1) }))[0]?.outcome).toBe('held');
      clock.advance(1);
      expect((await inboxes.append({ ...ann, entry: of(1) }))[0]?.outcome).toBe('gone');
      expect((await inboxes.append({ ...ann, entry: of(3) }))[0]?.prev).toBe(seqAt(2));
    });

    test('a scope that has not passed an entry holds it; one unused for long does not', async () => {
      const inboxes = await withEntries(1);
      await inboxes.bind(ann, bindOf('p:mobile'));
      await inboxes.advance({ ...ann, scope: 'p:pc', platform: 'pc', cursor: seqAt(1) });
      clock.advance(CONFORMANCE_LIMITS.holdMs);
      expect((await inboxes.pull(ann, all('p:mobile'))).entries.length).toBe(1);
      clock.advance(CONFORMANCE_LIMITS.scopeIdleMs);
      await inboxes.bind(ann, bindOf('p:pc'));
      expect(inboxes.inbox(ann).entries.length).toBe(0);
    });

    test('a full inbox lets the oldest go and reports it, and its redelivery reports it again', async () => {
      const inboxes = await withEntries(CONFORMANCE_LIMITS.entriesMax);
      const [over] = await inboxes.append({ ...ann, entry: of(11) });
      expect(seqs(over?.evicted ?? [])).toEqual([seqAt(1)]);
      await stage.reopen();
      inboxes.state = stage.state();
      expect(seqs((await inboxes.append({ ...ann, entry: of(11) }))[0]?.evicted ?? [])).toEqual([seqAt(1)]);
      expect((await inboxes.append({ ...ann, entry: of(1) }))[0]?.outcome).toBe('gone');
    });

    test('an inbox is bounded in bytes too, but holds at least what came last', async () => {
      const inboxes = open();
      for (const n of [1, 2, 3]) await inboxes.append({ ...ann, entry: of(n, { size: 3000 }) });
      expect(seqs((await inboxes.pull(ann, all())).entries)).toEqual([seqAt(2), seqAt(3)]);
      await inboxes.append({ ...ann, entry: of(4, { size: 9000 }) });
      expect(seqs((await inboxes.pull(ann, all())).entries)).toEqual([seqAt(4)]);
    });

    test('what leaves a full inbox after its hold is no loss: a reader below it resumes', async () => {
      const inboxes = await withEntries(CONFORMANCE_LIMITS.entriesMax, CONFORMANCE_LIMITS.entriesMax);
      clock.advance(CONFORMANCE_LIMITS.holdMs);
      const [next] = await inboxes.append({ ...ann, entry: of(11) });
      expect([next?.prev, next?.evicted]).toEqual([seqAt(10), []]);
      expect((await inboxes.bind(ann, bindOf('p:pc', { cursor: seqAt(0) }))).resumed).toBe(true);
    });

    test('a reader below what was evicted is told that it does not resume', async () => {
      const inboxes = await withEntries(CONFORMANCE_LIMITS.entriesMax + 2);
      expect((await inboxes.bind(ann, bindOf('p:pc', { cursor: seqAt(1) }))).resumed).toBe(false);
      expect((await inboxes.bind(ann, bindOf('p:pc', { cursor: seqAt(2) }))).resumed).toBe(true);
    });
  }

  function keeping(): void {
    test('a large body of several receivers reaches each of them, also after it has left the first', async () => {
      const inboxes = open();
      const entry = of(1, { size: 5000 });
      await inboxes.append({ ...ann, entry }, { ...bob, entry });
      await inboxes.bind(ann, bindOf('p:pc'));
      await inboxes.advance({ ...ann, scope: 'p:pc', platform: 'pc', cursor: seqAt(1) });
      clock.advance(CONFORMANCE_LIMITS.holdMs);
      await inboxes.append({ ...ann, entry: of(2) });
      const { entries } = await inboxes.pull(bob, all());
      expect(entries[0]?.message).toEqual(entry.message);
    });

    test('everything of an inbox survives a restart', async () => {
      const inboxes = await withEntries(3, 2);
      await inboxes.append({ ...ann, entry: of(4, { platforms: ['pc', 'tv'], device_ids: ['a'], size: 3000 }) });
      await inboxes.bind(ann, bindOf('d:a'));
      await inboxes.revokeBefore(ann, 77);
      inboxes.state = await stage.reopen();
      await inboxes.pull(ann, { ...all(), scope: 'd:a' });
      await inboxes.binds(ann, bob);
      expect((await inboxes.bind(ann, bindOf('p:pc', { issued_at: 76 }))).revoked).toBe(true);
      expect((await inboxes.append({ ...ann, entry: of(2) }))[0]?.outcome).toBe('held');
    });
  }
}
