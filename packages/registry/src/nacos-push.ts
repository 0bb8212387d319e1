// Hears over UDP that a service of Nacos has changed, through its SDK. A wake-up call, never a list: what is true is asked for.
import type { Log } from '@message-push/runtime';
import type { NacosApi } from './nacos-api.ts';
import { SERVICE_GROUP } from './nacos-list.ts';

export interface Pushes {
  subscribe(service: string, onPush: () => void): void;
  close(): Promise<void>;
}

/** What the SDK hands to its HTTP client, as far as it is used. */
interface SdkRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  data: Record<string, string>;
  headers: Record<string, string>;
}

/** Parts of the SDK that its types do not know, as they are in 2.6.3. */
interface SdkParts {
  on(event: 'error', listener: (cause: unknown) => void): void;
  close(): Promise<void>;
  _serverProxy: SdkPart;
  _beatReactor: SdkPart & { _clientBeatInterval: number; close(): Promise<void> };
  _hostReactor: SdkPart & { _pushReceiver: SdkPart };
}
interface SdkPart {
  on(event: 'error', listener: (cause: unknown) => void): void;
}

/** Its own troubles are told this often at most: what matters about them the api has told. */
const SAY_MS = 60_000;
/** What a subscription sends. Anything else (a signature made from the environment) stays here. */
const SENT = ['serviceName', 'clusters', 'udpPort', 'clientIP', 'healthyOnly'];
/** Says which client asks: the server pushes to those it knows. */
const AGENT = 'User-Agent';

/** The SDK, without its heartbeats. All it asks goes through `api`: same servers, same times, same credentials. */
export async function hearPushes(api: NacosApi, log: Log): Promise<Pushes> {
  const { NacosNamingClient } = await import('nacos');
  const asks = new Asks(api);
  const say = rarely(log);
  const logger = { debug() {}, info() {}, warn: say, error: say };
  const options = { serverList: 'nacos:8848', namespace: 'public', logger, httpclient: asks };
  // The types leave `httpclient` out and want a whole console. The server's name is never looked up.
  const client = new NacosNamingClient(options as unknown as ConstructorParameters<typeof NacosNamingClient>[0]);
  // The parts have the shape that is declared above; they are pinned with the version.
  const parts = client as unknown as SdkParts;
  quieten(parts, say);
  await client.ready();
  return {
    subscribe(service, onPush) {
      client.subscribe({ serviceName: service.slice(SERVICE_GROUP.length) }, onPush);
    },
    async close() {
      await asks.end();
      await parts.close();
    },
  };
}

/** What the SDK takes for its HTTP client. */
class Asks {
  readonly #api: NacosApi;
  readonly #underWay = new Set<Promise<string>>();
  #ended = false;

  constructor(api: NacosApi) {
    this.#api = api;
  }

  async request(url: string, { method, data, headers }: SdkRequest): Promise<{ status: number; data: string }> {
    if (this.#ended) throw new Error('the registry is closed');
    const params = Object.fromEntries(Object.entries(data).filter(([name]) => SENT.includes(name)));
    const call = this.#api.call(method, new URL(url).pathname, params, { [AGENT]: headers[AGENT] ?? '' });
    this.#underWay.add(call);
    try {
      return { status: 200, data: await call };
    } finally {
      this.#underWay.delete(call);
    }
  }

  /** The SDK sets a timer after each call; once this has resolved, closing it clears the last one. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.allSettled(this.#underWay);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** It beats first after 10 s and cannot be told otherwise: hearts beat instead, and its loop ends now. */
function quieten(parts: SdkParts, say: (cause: unknown) => void): void {
  const { _serverProxy, _beatReactor, _hostReactor } = parts;
  _beatReactor._clientBeatInterval = 1;
  void _beatReactor.close();
  // A part without a listener prints its errors.
  for (const part of [parts, _serverProxy, _beatReactor, _hostReactor, _hostReactor._pushReceiver])
    part.on('error', say);
}

function rarely(log: Log): (cause: unknown) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  return (cause) => {
    const now = performance.now();
    if (now - saidAt < SAY_MS) return;
    saidAt = now;
    log.debug({ why: cause instanceof Error ? cause.message : String(cause) }, 'trouble in the SDK of the registry');
  };
}
