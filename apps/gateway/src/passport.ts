// External passports: asks the service that an app names who a token belongs to, within time, number and trust.
import { hash } from 'node:crypto';
import { ApiError } from '@message-push/protocol';
import type { Clock, Log } from '@message-push/runtime';
import { Agent, request } from 'undici';
import type { GatewayConfig } from './config.ts';
import type { Credentials } from './credentials.ts';
import type { GatewayMetrics } from './metrics.ts';

export interface PassportDeps {
  config: GatewayConfig;
  clock: Clock;
  log: Log;
  metrics: GatewayMetrics;
}

const ANSWER_BYTES_MAX = 64 * 1024;
const UID_CHARS_MAX = 64;
/** A no is believed for a moment only: enough to blunt a client that asks again and again. */
const NO_MS = 1000;

/** How a passport has been lately. */
interface Breaker {
  failures: number;
  /** Left alone until this time. */
  until: number;
  /** One call tries it again. */
  trying: boolean;
}

/** Answers the uid of a token; rejects with INVALID_TOKEN (it said no) or PASSPORT_UNAVAILABLE. */
export class Passport {
  #deps: PassportDeps;
  #agent: Agent;
  #cache = new Map<string, { uid: string | undefined; until: number }>();
  #calls = new Map<string, Promise<string | undefined>>();
  #breakers = new Map<string, Breaker>();

  constructor(deps: PassportDeps) {
    this.#deps = deps;
    const { passportTimeoutMs, passportCallsMax } = deps.config;
    this.#agent = new Agent({
      connections: passportCallsMax,
      connectTimeout: passportTimeoutMs,
      headersTimeout: passportTimeoutMs,
      bodyTimeout: passportTimeoutMs,
    });
  }

  async uidOf(url: string | undefined, { app, platform, token }: Credentials): Promise<string> {
    if (url === undefined) throw new ApiError('INVALID_TOKEN');
    const key = hash('sha256', `${url}\n${app}\n${platform}\n${token}`, 'base64');
    const now = this.#deps.clock.now();
    const cached = this.#cache.get(key);
    if (cached !== undefined && cached.until > now) return known(cached.uid);
    let call = this.#calls.get(key);
    if (call === undefined) {
      if (this.#calls.size >= this.#deps.config.passportCallsMax) throw new ApiError('PASSPORT_UNAVAILABLE');
      call = this.#ask(new URL(url), { accessToken: token, appId: app, platForm: platform })
        .then((uid) => {
          this.#remember(key, uid);
          return uid;
        })
        .finally(() => this.#calls.delete(key));
      this.#calls.set(key, call);
    }
    return known(await call);
  }

  /** Forgets every answer: a user was revoked. */
  forget(): void {
    this.#cache.clear();
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  #remember(key: string, uid: string | undefined): void {
    const { passportCacheMs, passportCacheMax } = this.#deps.config;
    if (passportCacheMax === 0) return;
    while (this.#cache.size >= passportCacheMax) {
      for (const oldest of this.#cache.keys()) {
        this.#cache.delete(oldest);
        break;
      }
    }
    const forMs = uid === undefined ? Math.min(NO_MS, passportCacheMs) : passportCacheMs;
    this.#cache.set(key, { uid, until: this.#deps.clock.now() + forMs });
  }

  async #ask(url: URL, body: Record<string, string>): Promise<string | undefined> {
    const { config, log, metrics } = this.#deps;
    if (!config.passportHosts.includes(url.host) && !config.passportHosts.includes(url.hostname)) {
      log.warn({ host: url.host }, 'an app names a passport that PASSPORT_HOSTS does not allow');
      throw new ApiError('PASSPORT_UNAVAILABLE');
    }
    const breaker = this.#enter(url.origin);
    metrics.passportCalls.inc();
    try {
      const uid = await this.#post(url, body);
      breaker.failures = 0;
      return uid;
    } catch (cause) {
      metrics.passportFailures.inc();
      breaker.failures++;
      if (breaker.failures >= config.passportFailuresMax) {
        breaker.until = this.#deps.clock.now() + config.passportPauseMs;
        log.warn({ err: cause, host: url.host, pauseMs: config.passportPauseMs }, 'a passport fails and is left alone');
      }
      throw new ApiError('PASSPORT_UNAVAILABLE', { cause });
    } finally {
      breaker.trying = false;
    }
  }

  /** Throws while the passport is left alone; after the pause one call at a time goes through until one succeeds. */
  #enter(origin: string): Breaker {
    let breaker = this.#breakers.get(origin);
    if (breaker === undefined) {
      breaker = { failures: 0, until: 0, trying: false };
      this.#breakers.set(origin, breaker);
    }
    if (breaker.failures >= this.#deps.config.passportFailuresMax) {
      if (breaker.trying || this.#deps.clock.now() < breaker.until) throw new ApiError('PASSPORT_UNAVAILABLE');
      breaker.trying = true;
    }
    return breaker;
  }

  /** The uid, undefined for a no; throws when the passport does not do its work. */
  async #post(url: URL, body: Record<string, string>): Promise<string | undefined> {
    const answer = await request(url, {
      method: 'POST',
      dispatcher: this.#agent,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(this.#deps.config.passportTimeoutMs),
    });
    const text = await readText(answer.body);
    if (answer.statusCode === 401 || answer.statusCode === 403) return undefined;
    if (answer.statusCode !== 200) throw new Error(`the passport answered ${answer.statusCode}`);
    return uidOfAnswer(JSON.parse(text));
  }
}

function known(uid: string | undefined): string {
  if (uid === undefined) throw new ApiError('INVALID_TOKEN');
  return uid;
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error('the passport answered too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** `{"code":1,"data":{"uid":…}}`; any other code is a no. */
function uidOfAnswer(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('code' in answer))
    throw new Error('the passport answered no code');
  if (answer.code !== 1) return undefined;
  const data = 'data' in answer ? answer.data : undefined;
  const uid = typeof data === 'object' && data !== null && 'uid' in data ? data.uid : undefined;
  const text = typeof uid === 'number' && Number.isSafeInteger(uid) ? String(uid) : uid;
  if (typeof text !== 'string' || text === '' || text.length > UID_CHARS_MAX || text.includes('\0'))
    throw new Error('the passport said yes without a usable uid');
  return text;
}
