// The indices of the archive: one per day of creation under one alias, made from a template when first needed, dropped whole.

import { type Client, errors, type estypes } from '@elastic/elasticsearch';
import { messageIdTime } from '@message-push/protocol';
import { countField, STATES } from './document.ts';

export interface IndexSettings {
  /** All names begin with it. */
  prefix: string;
  shards: number;
  replicas: number;
  /** When writes become visible to searches; absent = the server decides. */
  refreshMs: number | undefined;
}

const DAY_MS = 86_400_000;
/** Raised with each change of the mappings: an older process leaves a newer template alone. */
const TEMPLATE_VERSION = 2;
/** Over templates of operators that match everything. */
const TEMPLATE_PRIORITY = 200;
/** Longer values are kept but not found: nobody may ask for more than 256 characters. */
const TERM_MAX = 512;

/** A push counts in the first of its documents; those without a time have no push yet. */
export const PUSHES: estypes.QueryDslQueryContainer[] = [{ term: { group: 0 } }, { exists: { field: 'c_time' } }];

export class Indices {
  /** What searches read. */
  readonly alias: string;
  readonly #client: Client;
  readonly #settings: IndexSettings;
  /** The last day asked for, and its name. */
  #day = { number: -1, name: '' };

  constructor(client: Client, settings: IndexSettings) {
    this.#client = client;
    this.#settings = settings;
    this.alias = `${settings.prefix}single_topic_index`;
  }

  /**
   * The alias of the index that holds a message. Documents are written and read by id through it: with `require_alias` a missing
   * index is an error, where a write by its name would make one without mappings.
   */
  aliasOf(messageId: string): string {
    const number = Math.floor(messageIdTime(messageId) / DAY_MS);
    if (number !== this.#day.number) {
      const date = new Date(number * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '.');
      this.#day = { number, name: `${this.#family}-${date}-write` };
    }
    return this.#day.name;
  }

  /** Makes the index behind an alias of `aliasOf`, or adds the fields that one of an older version does not have. */
  async make(alias: string): Promise<void> {
    await this.#putTemplate();
    try {
      await this.#client.indices.create({ index: alias.slice(0, -'-write'.length) });
    } catch (error) {
      // Another process was first, or the index lost its alias: the next write tells.
      if (!isType(error, 'resource_already_exists_exception')) throw error;
      await this.#client.indices.putMapping({ index: alias, properties: ADDED }, { ignore: [404] });
    }
  }

  /** Drops the indices of days that ended before; answers how many pushes were in them. */
  async retain(before: number): Promise<number> {
    let pushes = 0;
    for (const index of await this.#all()) {
      const day = index.startsWith(`${this.#family}-`) ? dayOf(index) : undefined;
      if (day === undefined || day + DAY_MS > before) continue;
      await this.#client.indices.refresh({ index });
      pushes += (await this.#client.count({ index, query: { bool: { filter: PUSHES } } })).count;
      await this.#client.indices.delete({ index, ignore_unavailable: true });
    }
    return pushes;
  }

  get #family(): string {
    return `${this.#settings.prefix}single_topic`;
  }

  async #all(): Promise<string[]> {
    try {
      return Object.keys(await this.#client.indices.getAlias({ name: this.alias })).sort();
    } catch (error) {
      if (error instanceof errors.ResponseError && error.statusCode === 404) return []; // no index yet
      throw error;
    }
  }

  async #putTemplate(): Promise<void> {
    const name = this.#family;
    const stored = await this.#client.indices.getIndexTemplate({ name }).catch((error: unknown) => {
      if (error instanceof errors.ResponseError && error.statusCode === 404) return undefined;
      throw error;
    });
    const version = stored?.index_templates[0]?.index_template.version ?? 0;
    if (version > TEMPLATE_VERSION) return;
    await this.#client.indices.putIndexTemplate({ name, ...this.#template() });
  }

  #template(): Omit<estypes.IndicesPutIndexTemplateRequest, 'name'> {
    const { shards, replicas, refreshMs } = this.#settings;
    return {
      index_patterns: [`${this.#family}-*`],
      priority: TEMPLATE_PRIORITY,
      version: TEMPLATE_VERSION,
      template: {
        settings: {
          number_of_shards: shards,
          number_of_replicas: replicas,
          ...(refreshMs === undefined ? {} : { refresh_interval: `${refreshMs}ms` }),
        },
        aliases: { [this.alias]: {}, '{index}-write': {} },
        mappings: MAPPINGS,
      },
    };
  }
}

/** A term to look for, never sorted or counted by. */
const TERM: estypes.MappingProperty = { type: 'keyword', doc_values: false, ignore_above: TERM_MAX };

/** Fields that indices of version 1 do not have; what was written there without them is not found by them. */
const ADDED = {
  ways: TERM,
  tallied: { type: 'keyword', ignore_above: TERM_MAX },
  last_at: { type: 'date', format: 'epoch_millis', index: false, doc_values: false },
} as const satisfies Record<string, estypes.MappingProperty>;

export const MAPPINGS: estypes.MappingTypeMapping = {
  dynamic: 'strict',
  properties: {
    message_id: { type: 'keyword' },
    group: { type: 'integer' },
    many: { type: 'boolean' },
    app: { type: 'keyword', ignore_above: TERM_MAX },
    c_time: { type: 'date', format: 'epoch_millis' },
    expires_at: { type: 'date', format: 'epoch_millis' },
    content_type: TERM,
    platforms: TERM,
    // Words are made by searchText: there is nothing left to analyse. Their first characters are indexed too, since a phrase may end
    // in one that goes on as any of thousands of words (measured: a tenth more disk).
    search_text: {
      ...{ type: 'text', analyzer: 'whitespace', norms: false },
      index_prefixes: { min_chars: 1, max_chars: 1 },
    },
    states: TERM,
    receivers: TERM,
    ...ADDED,
    n: {
      properties: Object.fromEntries(STATES.map((state) => [countField(state), { type: 'integer', index: false }])),
    },
    push: { type: 'object', enabled: false },
    deliveries: { type: 'object', enabled: false },
  },
};

/** When the day of an index began; undefined when it is named for none. */
function dayOf(index: string): number | undefined {
  const [, year, month, day] = /-(\d{4})\.(\d\d)\.(\d\d)$/.exec(index) ?? [];
  return year === undefined ? undefined : Date.UTC(Number(year), Number(month) - 1, Number(day));
}

function isType(error: unknown, type: string): boolean {
  return error instanceof errors.ResponseError && error.body?.error?.type === type;
}
