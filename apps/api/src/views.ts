// What the console sees of the running platform, and hears live: put together from what the api has anyway.
import type { RatesEvent } from '@message-push/protocol/admin';
import type { Registry } from '@message-push/registry';
import { Live, type LiveDeps } from './live/live.ts';
import type { Nodes } from './nodes.ts';
import { PushRate, type PushRateDeps } from './push-rate.ts';
import { Registered } from './registered.ts';
import { type RingFactsDeps, ringFacts } from './ring-facts.ts';
import { RingPast } from './ring-past.ts';
import type { RingFacts } from './ring-report.ts';

type Made = 'ringPast' | 'registered' | 'rates';

export interface ViewsDeps extends Omit<RingFactsDeps & LiveDeps, Made>, Pick<PushRateDeps, 'accepted'> {
  state: ConstructorParameters<typeof RingPast>[0] & RingFactsDeps['state'];
  registry: Pick<Registry, 'watch'>;
  nodes: Nodes;
}

export function buildViews(deps: ViewsDeps) {
  const registered = new Registered(deps.registry);
  const ringPast = new RingPast(deps.state);
  const facts = ringFacts({ ...deps, ringPast, registered });
  const pushRate = new PushRate(deps);
  const rates = async (): Promise<RatesEvent> => ratesOf(await facts(), await pushRate.perSecond(), deps.clock.now());
  return { registered, ringPast, facts, live: new Live({ ...deps, rates }) };
}

function ratesOf({ stats }: RingFacts, pushes_per_s: number, at: number): RatesEvent {
  const sum: RatesEvent = { at, pushes_per_s, deliveries_per_s: 0, users_online: 0, sessions: 0 };
  for (const { uids, sessions, deliveries_per_s = 0 } of stats.values()) {
    sum.users_online += uids;
    sum.sessions += sessions;
    sum.deliveries_per_s += deliveries_per_s;
  }
  sum.deliveries_per_s = Math.round(sum.deliveries_per_s * 10) / 10;
  return sum;
}
