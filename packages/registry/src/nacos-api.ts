// Calls the naming API of Nacos: bounded in time, at whichever server answers, and without credentials in any address or log line.
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { type Clock, counter, gauge, type Log, type Metrics } from '@message-push/runtime';
import { type HttpMethod, type RequestOptions, request } from 'urllib';
import { z } from 'zod';
import { isRefused, NacosError } from './nacos-error.ts';
import { Login } from './nacos-login.ts';

export interface NacosApiOptions {
  /** host:port of each. */
  servers: string[];
  tls: boolean;
  /** Certificates to trust, as PEM; undefined = the system's. */
  ca: string | undefined;
  namespace: string;
  credentials: { username: string; password: string } | undefined;
  connectTimeoutMs: number;
  timeoutMs: number;
}

export interface NacosApiDeps {
  log: Log;
  metrics: Metrics;
  /** One that is never set back. */
  clock: Clock;
  /** In [0, 1); default Math.random. */
  jitter?(): number;
}

/** One entry of a service. */
export interface Instance {
  ip: string;
  port: number;
  weight: number;
  metadata: Record<string, string>;
}

/** An instance as it is listed; the server judges its health by its heartbeats. */
export type Listed = z.infer<typeof listedSchema>;

type Params = Record<string, string>;

/** A server that comes and goes is told about this often at most. */
const SAY_MS = 30_000;
const SOCKETS_MAX = 8;
const INSTANCE = '/nacos/v1/ns/instance';
/** The server does not have the instance that the beat is for. */
const BEAT_UNKNOWN = 20404;
/** The request is wrong, or this server has no v1 API any more. */
const REFUSED = [400, 410];

const listedSchema = z.object({
  ip: z.string(),
  port: z.number(),
  weight: z.number(),
  healthy: z.boolean(),
  enabled: z.boolean(),
  metadata: z.record(z.string(), z.string()),
});
const listSchema = z.object({ hosts: z.array(z.unknown()) });
const beatSchema = z.object({ code: z.number() });

/** Servers are tried in turn, beginning with the one that answered last; every call ends within (connect + answer time) x servers. */
export class NacosApi {
  readonly #options: NacosApiOptions;
  readonly #deps: NacosApiDeps;
  readonly #agent: Agent;
  readonly #login: Login | undefined;
  readonly #up;
  readonly #failures;
  #preferred = 0;
  #troubleAt = Number.NEGATIVE_INFINITY;
  #away = false;
  #saidAway = false;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(options: NacosApiOptions, deps: NacosApiDeps) {
    const { tls, ca, credentials } = options;
    const pool = { keepAlive: true, maxSockets: SOCKETS_MAX };
    this.#options = options;
    this.#deps = deps;
    this.#agent = tls ? new TlsAgent({ ...pool, ...(ca !== undefined && { ca }) }) : new Agent(pool);
    const post = (server: string, path: string, data: Params, timeoutMs: number) =>
      this.#send(server, 'POST', path, { data, timeout: [options.connectTimeoutMs, timeoutMs] });
    const { clock, jitter = Math.random } = deps;
    this.#login = credentials && new Login({ ...credentials, clock, jitter, post });
    this.#up = gauge(deps.metrics, 'mp_registry_up', 'The last call to the registry was answered.');
    this.#failures = counter(deps.metrics, 'mp_registry_failures_total', 'Calls that a server of the registry failed.');
  }

  /** When a server last failed a call, by the clock; what is listed soon after may be incomplete. */
  get troubleAt(): number {
    return this.#troubleAt;
  }

  /** Adds the instance to the service, or replaces what it said before. */
  async put(service: string, { ip, port, weight, metadata }: Instance): Promise<void> {
    const text = JSON.stringify(metadata);
    const more = { weight: `${weight}`, enabled: 'true', healthy: 'true', metadata: text };
    await this.call('POST', INSTANCE, { ...placeOf(service, ip, port), ...more });
  }

  /**
   * Keeps the instance alive; a server that has lost it has it again from the beat. Answers false where it has not.
   * The metadata of an instance that the server has are not changed by a beat.
   */
  async beat(service: string, { ip, port, weight, metadata }: Instance): Promise<boolean> {
    const beat = { serviceName: service, ip, port, cluster: 'DEFAULT', weight, metadata, ephemeral: true };
    const text = await this.call('PUT', `${INSTANCE}/beat`, {
      serviceName: service,
      beat: JSON.stringify({ ...beat, scheduled: false }),
    });
    return this.#read(beatSchema, text).code !== BEAT_UNKNOWN;
  }

  async remove(service: string, { ip, port }: Pick<Instance, 'ip' | 'port'>): Promise<void> {
    await this.call('DELETE', INSTANCE, placeOf(service, ip, port));
  }

  /** All instances, healthy or not. */
  async list(service: string): Promise<Listed[]> {
    const more = { clusters: 'DEFAULT', healthyOnly: 'false' };
    const text = await this.call('GET', `${INSTANCE}/list`, { serviceName: service, ...more });
    // What somebody else has put there in another form is none of ours.
    return this.#read(listSchema, text).hosts.flatMap((host) => listedSchema.safeParse(host).data ?? []);
  }

  /** The body of the answer 200 of the first server that gives one; throws NacosError. */
  async call(method: HttpMethod, path: string, params: Params, headers: Params = {}): Promise<string> {
    const { servers, namespace } = this.#options;
    const data = { ...params, namespaceId: namespace };
    let failure: unknown;
    for (let tried = 0; tried < servers.length; tried++) {
      const index = this.#preferred;
      try {
        const text = await this.#ask(servers[index] ?? '', method, path, { data, dataAsQueryString: true, headers });
        this.#answered();
        return text;
      } catch (cause) {
        if (isRefused(cause)) throw cause;
        failure = cause;
        this.#failed();
        // Another call may have moved on already.
        if (this.#preferred === index) this.#preferred = (index + 1) % servers.length;
      }
    }
    this.#isAway(failure);
    throw failure;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #ask(server: string, method: HttpMethod, path: string, request: RequestOptions): Promise<string> {
    for (;;) {
      const headers = { ...request.headers, ...(await this.#login?.header(server)) };
      const { status, text } = await this.#send(server, method, path, { ...request, headers });
      if (status === 200) return text;
      if ((status === 401 || status === 403) && this.#login?.refused()) continue;
      const said = text.replaceAll(/\s+/g, ' ').slice(0, 200);
      throw new NacosError(REFUSED.includes(status) ? 'refused' : 'away', `${server} answers ${status}: ${said}`);
    }
  }

  async #send(server: string, method: HttpMethod, path: string, more: RequestOptions) {
    const { tls, connectTimeoutMs, timeoutMs } = this.#options;
    const timeout = [connectTimeoutMs, timeoutMs];
    // The agent fits the protocol; urllib takes one of the two by it, and types the other one narrower.
    const agents = tls ? { httpsAgent: this.#agent as TlsAgent } : { agent: this.#agent };
    try {
      const { data, status } = await request<unknown>(`${tls ? 'https' : 'http'}://${server}${path}`, {
        timeout,
        ...more,
        ...agents,
        method,
        dataType: 'text',
      });
      return { status, text: typeof data === 'string' ? data : '' };
    } catch (cause) {
      // The driver's error is not passed on: it carries the request.
      throw new NacosError('away', `${server} does not answer (${causeOf(cause)})`);
    }
  }

  #read<T>(schema: z.ZodType<T>, text: string): T {
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      this.#failed();
      throw new NacosError('away', `an answer that Nacos never gives: ${text.replaceAll(/\s+/g, ' ').slice(0, 80)}`);
    }
  }

  #answered(): void {
    this.#up.set(1);
    if (!this.#away) return;
    this.#away = false;
    if (this.#saidAway) this.#deps.log.info('the registry is back');
  }

  #failed(): void {
    this.#failures.inc();
    this.#troubleAt = this.#deps.clock.now();
  }

  #isAway(cause: unknown): void {
    this.#up.set(0);
    if (this.#away) return;
    this.#away = true;
    const now = this.#deps.clock.now();
    this.#saidAway = now - this.#saidAt >= SAY_MS;
    if (!this.#saidAway) return;
    this.#saidAt = now;
    const why = cause instanceof Error ? cause.message : 'unknown';
    this.#deps.log.warn({ why }, 'the registry is away: everybody keeps what they have heard');
  }
}

function placeOf(service: string, ip: string, port: number): Params {
  return { serviceName: service, ip, port: `${port}`, clusterName: 'DEFAULT', ephemeral: 'true' };
}

/** `ECONNREFUSED`, `ResponseTimeoutError`: what went wrong, without the address that it went wrong at. */
function causeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}
