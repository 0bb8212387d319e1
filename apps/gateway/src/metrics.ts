// What a gateway counts.
import { counter, gauge, histogram, type Metrics } from '@message-push/runtime';

export function gatewayMetrics(metrics: Metrics, id: string) {
  const count = (name: string, help: string) =>
    counter(metrics, `mp_gateway_${name}_total`, help, ['id']).labels({ id });
  const level = (name: string, help: string) => {
    const child = gauge(metrics, `mp_gateway_${name}`, help, ['id']).labels({ id });
    child.set(0);
    return child;
  };
  const refused = counter(metrics, 'mp_gateway_upgrades_refused_total', 'Refused upgrades, by error code.', [
    'id',
    'code',
  ]);
  const closed = counter(metrics, 'mp_gateway_closed_total', 'Sockets closed by the gateway, by close code.', [
    'id',
    'code',
  ]);
  /** Counted per connection and frame as plain numbers, told to the registry by `flush`: labels cost a microsecond each time. */
  const tally = { upgrades: 0, logins: 0, frames: 0, framesDropped: 0, messages: 0, stale: 0, binds: 0 };
  const counters = {
    upgrades: count('upgrades', 'Accepted upgrades.'),
    logins: count('logins', 'LOGINs that succeeded.'),
    frames: count('frames', 'Frames of clients.'),
    framesDropped: count('frames_dropped', 'Frames of clients beyond their rate.'),
    messages: count('messages', 'Messages written to clients.'),
    stale: count('messages_stale', 'Messages of nodes dropped because of an old bind or a sequence already enqueued.'),
    binds: count('binds', 'BINDs sent.'),
  };
  return {
    tally,
    flush() {
      for (const [name, total] of Object.entries(tally)) {
        if (total === 0) continue;
        const key = name as keyof typeof tally; // a name of that very object
        counters[key].inc(total);
        tally[key] = 0;
      }
    },
    sockets: level('sockets', 'Open sockets of clients, logged in or not.'),
    sessions: level('sessions', 'Sessions logged in.'),
    offOwner: level('sessions_off_owner', 'Sessions that wait for a node to be bound at.'),
    slowReaders: level('slow_readers', 'Sockets with unsent bytes.'),
    apps: level('apps', 'Apps remembered.'),
    ringVersion: level('ring_version', 'Version of the ring in use.'),
    ringLeader: level('ring_leader', '1 while this gateway leads the ring.'),
    ringFrozen: level('ring_frozen', '1 while the ring is kept because it would turn empty.'),
    loginsUnbound: count('logins_unbound', 'LOGINs answered before a node had taken the session.'),
    moves: count('moves', 'Sessions moved to another node while they lived.'),
    refusals: count('binds_refused', 'BINDs that a node refused.'),
    passportCalls: count('passport_calls', 'Calls to external passports.'),
    passportFailures: count('passport_failures', 'Calls to external passports that failed.'),
    refused: (code: string) => refused.inc({ id, code }),
    closed: (code: number) => closed.inc({ id, code: String(code) }),
    loginSeconds: histogram(
      metrics,
      'mp_gateway_login_seconds',
      'From LOGIN to its answer.',
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
      ['id'],
    ).labels({ id }),
  };
}

export type GatewayMetrics = ReturnType<typeof gatewayMetrics>;
