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
  const calls = new Set<Promise<unknown>>();
  let closing = false;
  const httpclient = {
    async request(url: string, { method, data, headers }: SdkRequest) {
      if (closing) throw new Error('the registry is closed');
      const params = Object.fromEntries(Object.entries(data).filter(([name]) => SENT.includes(name)));
      const call = api.call(method, new URL(url).pathname, params, { [AGENT]: headers[AGENT] ?? '' });
      calls.add(call);
      try {
        return { status: 200, data: await call };
      } finally {
        calls.delete(call);
      }
    },
  };
  const say = rarely(log);
  const logger = { debug() {}, info() {}, warn: say, error: say };
  // `httpclient` is an option that the types leave out, and of a console it calls these four; the server's name is never looked up.
  const options = {
    serverList: 'nacos:8848',
    namespace: 'public',
    logger,
    httpclient,
  } as unknown as ConstructorParameters<typeof NacosNamingClient>[0];
  const client = new NacosNamingClient(options);
  // The parts have the shape that is declared above; they are pinned with the version.
  const parts = client as unknown as SdkParts;
  // It beats first after 10 s and cannot be told otherwise: hearts beat instead, and its loop ends now.
  parts._beatReactor._clientBeatInterval = 1;
  void parts._beatReactor.close();
  // A part without a listener prints its errors.
  const { _serverProxy, _beatReactor, _hostReactor } = parts;
  for (const part of [parts, _serverProxy, _beatReactor, _hostReactor, _hostReactor._pushReceiver])
    part.on('error', say);
  await client.ready();
  return {
    subscribe(service, onPush) {
      const serviceName = service.slice(SERVICE_GROUP.length);
      client.subscribe({ serviceName }, onPush);
    },
    async close() {
      closing = true;
      await Promise.allSettled(calls);
      // A call that has just ended sets a timer, which closing clears.
      await new Promise((resolve) => setImmediate(resolve));
      await parts.close();
    },
  };
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
