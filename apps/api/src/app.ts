// The api: accepts pushes from back ends and answers what became of them. Holds nothing that its death could lose.
import type { Archive } from '@message-push/archive';
import type { Bus } from '@message-push/bus';
import type { Database } from '@message-push/database';
import { ApiError, EMPTY_RING, type MessageId } from '@message-push/protocol';
import type { EngineHealth } from '@message-push/protocol/admin';
import type { Registration, Registry } from '@message-push/registry';
import { type App, type Clock, type Log, type Metrics, reachableAt, ringSeen } from '@message-push/runtime';
import { followState, type State, type StateConfig, type StateFollower } from '@message-push/state';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { Budgets } from './budgets.ts';
import type { ApiConfig } from './config.ts';
import { Connections } from './connections.ts';
import { Authenticator } from './credentials.ts';
import { DeadLetterBox } from './dead-letters.ts';
import { publishedBefore } from './first-attempt.ts';
import { Health } from './health.ts';
import { buildServer, type Server } from './http.ts';
import { Idempotency } from './idempotency.ts';
import { Nodes } from './nodes.ts';
import { Publisher } from './publish.ts';
import { Pushes } from './push.ts';
import { PushLog } from './push-log.ts';
import { announcementOf } from './push-rate.ts';
import { type Repeated, repeat } from './repeat.ts';
import { adminRoutes } from './routes/admin/index.ts';
import { requireCaller } from './routes/callers.ts';
import { historyRoutes } from './routes/history.ts';
import { documentation, platformRoutes } from './routes/platform.ts';
import { pushRoutes } from './routes/pushes.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { userRoutes } from './routes/users.ts';
import { SetUp } from './set-up.ts';
import { buildViews } from './views.ts';

export interface ApiDeps {
  /** `inboxHoldMs` as state has it: so long an inbox recognizes a push that is published again. */
  config: ApiConfig & Pick<StateConfig, 'inboxHoldMs'>;
  log: Log;
  metrics: Metrics;
  clock: Clock;
  random(size: number): Uint8Array;
  /** Stable name of this process. */
  id: string;
  /** Unique per process life. */
  incarnation: string;
  /** The first is used for sending and signing. */
  clusterSecrets: string[];
  bus: Bus;
  state: State;
  archive: Archive;
  database: Database;
  registry: Registry;
  /** What implements each engine, for the health report; default embedded. */
  engineKinds?: Partial<Record<EngineHealth['name'], string>>;
}

type Phase = 'built' | 'started' | 'stopping';

/** The log is opened again this long after a failure. */
const OPEN_RETRY_MS = 500;
/** Whether the log was made anew is asked this often. */
const LOG_LOOK_MS = 1_000;

export function buildApp(deps: ApiDeps): App {
  const { config, log, state, database, registry, id, incarnation } = deps;
  let phase: Phase = 'built';
  let follower: StateFollower | undefined;
  let registration: Registration | undefined;
  const repeated: Repeated[] = [];

  const pushLog = new PushLog(deps, () => publisher.dropQueue());
  const ring = () => follower?.ring() ?? EMPTY_RING;
  const parts = buildParts(deps, { partitions: () => pushLog.partitions, ring });
  const { server, authenticator, idempotency, publisher, nodes, registered, live } = parts;
  const connections = new Connections(server.server);
  const missing = () => {
    if (phase !== 'started') return [phase === 'built' ? 'it has not been started' : 'it is stopping'];
    return pushLog.partitions === undefined ? ['the log of pushes is not open (bus or state is away)'] : [];
  };
  addRoutes(deps, parts, { missing, phase: () => phase });

  let changes: number | undefined;
  const readChanges = async () => {
    const now = await database.changes();
    if (changes !== undefined && now !== changes) await authenticator.databaseChanged();
    changes = now;
  };
  const announce = async () => {
    await idempotency.announce();
    await idempotency.settle();
  };

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    phase = 'stopping';
    live.stop();
    const forced = setTimeout(() => server.server.closeAllConnections(), config.drainMs);
    if (registration !== undefined) await registry.deregister(registration).catch(() => {});
    connections.stop();
    await Promise.all([publisher.close(config.drainMs), server.close()]);
    clearTimeout(forced);
    follower?.stop();
    registered.stop();
    for (const one of repeated) one.stop();
    await Promise.allSettled([authenticator.storeUses(), idempotency.settle(), nodes.close()]);
  };

  return {
    name: 'api',
    missing,
    async listen(at) {
      await server.listen({ host: at.host, port: at.port });
      const bound = server.server.address();
      const address = reachableAt(at, typeof bound === 'object' && bound !== null ? bound.port : at.port);
      registration = { role: 'api', id, incarnation, address, weight: 1, metadata: {} };
      return address;
    },
    async start() {
      phase = 'started';
      const seen = ringSeen(deps.metrics, 'api', id, deps.clock);
      follower = followState(state, {
        clock: deps.clock,
        log,
        everyMs: config.revocationPollMs,
        onRing: (document) => {
          seen(document);
          live.onRing(document);
        },
        onRevocations: (list) => {
          for (const { revocation } of list) authenticator.revoked(revocation);
        },
        onPolled: (at) => authenticator.revocationsSeen(at),
      });
      registered.start();
      repeated.push(
        repeat('reading the changes of the database', config.revocationPollMs, log, readChanges),
        repeat('announcing this api', config.announceMs / 3, log, announce),
        repeat('storing the last use of credentials', config.lastUseMs, log, () => authenticator.storeUses()),
      );
      await opened(
        () => pushLog.open(),
        () => phase === 'stopping',
        log,
      );
      if (phase === 'started')
        repeated.push(repeat('looking at the log of pushes', LOG_LOOK_MS, log, () => pushLog.open()));
      await parts.setUp
        .tell()
        .catch((error: unknown) => log.warn({ err: error }, 'whether there is an admin is not known'));
      if (registration !== undefined) await register(registry, registration, log);
    },
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

type Parts = ReturnType<typeof buildParts>;

/** Everything below the routes. */
function buildParts(deps: ApiDeps, look: { partitions(): number | undefined; ring: StateFollower['ring'] }) {
  const { config } = deps;
  const nodes = new Nodes({ ...deps, ring: look.ring });
  const budgets = new Budgets({ ...deps, uidPushesPerSecond: config.uidPushesPerSecond });
  const publisher = new Publisher(deps);
  const { announceMs, inboxHoldMs } = config;
  const published = (messageId: MessageId) => publishedBefore({ ...deps, inboxHoldMs }, messageId);
  const announcement = () => announcementOf(pushes.count(), deps.clock.now());
  const idempotency = new Idempotency({ ...deps, announceMs, published, announcement });
  const pushes = new Pushes({ ...deps, budgets, publisher, idempotency, partitions: look.partitions });
  const deadLetters = new DeadLetterBox({ ...deps, publisher, partitions: look.partitions });
  const health = new Health({
    ...deps,
    engineKinds: deps.engineKinds ?? {},
    nodes,
    ring: look.ring,
    deadLetters,
    accepted: pushes.count,
  });
  return {
    ...buildViews({ ...deps, nodes, health, ring: look.ring, accepted: pushes.count }),
    ring: look.ring,
    server: buildServer(deps),
    authenticator: new Authenticator(deps),
    health,
    deadLetters,
    setUp: new SetUp(deps),
    nodes,
    budgets,
    publisher,
    idempotency,
    pushes,
  };
}

function addRoutes(deps: ApiDeps, parts: Parts, life: { missing(): string[]; phase(): Phase }): void {
  const { server, authenticator, budgets } = parts;
  const gate = (scope: Server) => {
    scope.addHook('onRequest', (_request, reply, done) => {
      if (life.phase() === 'started') return done();
      reply.header('connection', 'close');
      if (life.phase() === 'stopping') throw new ApiError('DRAINING');
      throw new ApiError('NOT_READY', { params: { missing: life.missing().join(', ') } });
    });
  };
  documentation(server);
  server.register(async (plain) => {
    platformRoutes(plain.withTypeProvider<ZodTypeProvider>(), { metrics: deps.metrics, missing: life.missing });
  });
  server.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    gate(scope);
    requireCaller(scope, { config: deps.config, authenticator, budgets });
    pushRoutes(scope, { ...parts, config: deps.config });
    historyRoutes(scope, deps);
    tokenRoutes(scope, { ...deps, nodes: parts.nodes });
    userRoutes(scope, { ...deps, nodes: parts.nodes });
  });
  server.register(async (plain) => {
    const scope = plain.withTypeProvider<ZodTypeProvider>();
    gate(scope);
    adminRoutes(scope, { ...deps, ...parts });
  });
}

/** Opens the log, again and again until it is open or `given up`. */
async function opened(open: () => Promise<void>, givenUp: () => boolean, log: Log): Promise<void> {
  for (let failed = false; !givenUp(); failed = true) {
    try {
      return await open();
    } catch (error) {
      if (!failed) log.warn({ err: error }, 'waiting for bus and state: no push is accepted yet');
    }
    await new Promise((resolve) => setTimeout(resolve, OPEN_RETRY_MS));
  }
}

async function register(registry: Registry, registration: Registration, log: Log): Promise<void> {
  try {
    await registry.register(registration);
  } catch (error) {
    // Nobody needs it to push; the registry only introduces.
    log.warn({ err: error }, 'this api is not in the registry');
  }
}
