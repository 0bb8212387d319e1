// Rings of the past: the document of a version, built once, and what each version changed against the one before.
import type { RingDocument } from '@message-push/protocol';
import type { RingChangeView } from '@message-push/protocol/admin';
import { buildRing, ownersOf, type Ring, versionDiff } from '@message-push/ring';
import { md5 } from '@message-push/ring/md5';
import type { State } from '@message-push/state';

/** State keeps no more versions. */
const VERSIONS_MAX = 500;
/** Rings kept built: an operator looks at few versions at a time. */
const BUILT_MAX = 8;

export class RingPast {
  readonly #state: { ring: Pick<State['ring'], 'history'> };
  readonly #built = new Map<string, Ring>();
  readonly #changes = new Map<string, RingChangeView>();

  constructor(state: { ring: Pick<State['ring'], 'history'> }) {
    this.#state = state;
  }

  /** The ring of a document; the last few are kept. */
  built(document: RingDocument): Ring {
    const key = keyOf(document);
    const known = this.#built.get(key);
    if (known !== undefined) return known;
    if (this.#built.size >= BUILT_MAX) this.#built.clear();
    const ring = buildRing(ownersOf(document.nodes), md5);
    this.#built.set(key, ring);
    return ring;
  }

  /** The document of a version; undefined when it is not kept any more. */
  async version(version: number, present: RingDocument): Promise<RingDocument | undefined> {
    if (version === present.version) return present;
    return (await this.#state.ring.history(VERSIONS_MAX)).find((document) => document.version === version);
  }

  /** The newest `limit` changes, newest first. */
  async changes(limit: number): Promise<RingChangeView[]> {
    const documents = await this.#state.ring.history(limit + 1);
    const views: RingChangeView[] = [];
    for (const [n, document] of documents.slice(0, limit).entries()) {
      const before = documents[n + 1];
      const key = `${keyOf(document)} ${before === undefined ? '' : keyOf(before)}`;
      let view = this.#changes.get(key);
      if (view === undefined) {
        // Some milliseconds of hashing for a hundred nodes: requests get in between.
        await new Promise(setImmediate);
        view = changeOf(document, before);
        if (this.#changes.size >= VERSIONS_MAX) this.#changes.clear();
        this.#changes.set(key, view);
      }
      views.push(view);
    }
    return views;
  }
}

function changeOf({ version, at, cause, nodes }: RingDocument, before: RingDocument | undefined): RingChangeView {
  const had = new Map(before?.nodes.map((node) => [node.id, node]));
  const has = new Set(nodes.map(({ id }) => id));
  const fresh = nodes.filter(({ state, id }) => state === 'draining' && had.get(id)?.state !== 'draining');
  return {
    version,
    at,
    cause,
    nodes: nodes.map(({ id, state }) => ({ id, state })),
    joined: before === undefined ? [] : nodes.filter(({ id }) => !had.has(id)).map(({ id }) => id),
    left: [...had.keys()].filter((id) => !has.has(id)),
    draining: fresh.map(({ id }) => id),
    ...(before !== undefined && { moved: versionDiff(before.nodes, nodes, md5).moved }),
  };
}

/** After state lost its last seconds a version may be given out again. */
function keyOf({ version, epoch, at }: RingDocument): string {
  return `${version}/${epoch}/${at}`;
}
