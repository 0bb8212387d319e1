// For tests: what all fixtures of the gateway stand on: secrets, quick settings, waiting, tidying up.
import { createLog, loadConfig } from '@message-push/runtime';
import { type GatewayConfig, gatewayFields } from './index.ts';

export const SECRET = 'cluster secret of the tests';
/** What a gateway of a test sends first: a node knows by it whose wire it is. */
export const secretOf = (gateway: string) => `${SECRET} ${gateway}`;
export const GATEWAYS = ['g1', 'g2', 'g3'];
export const log = createLog('test', 'silent');

/** Config that makes tests quick; limits stay as in production. */
const QUICK: Partial<GatewayConfig> = {
  gatewayTickMs: 10,
  gatewayFollowMs: 20,
  gatewayAppsPollMs: 20,
  gatewayLeaderMs: 20,
  gatewayAnnounceMs: 50,
  gatewaySuspectMs: 10,
  gatewayViewMs: 200,
  linkRetryMinMs: 5,
  linkRetryMaxMs: 40,
  linkPingMs: 50,
  gatewayDrainMs: 0,
};

export function quickConfig(more: Partial<GatewayConfig> = {}): GatewayConfig {
  return { ...loadConfig(gatewayFields, {}), ...QUICK, ...more };
}

/** What a test must undo, last first. */
const undo: (() => Promise<void> | void)[] = [];
export function atEnd(step: () => Promise<void> | void): void {
  undo.push(step);
}
export async function undoAll(): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}

export async function until(what: () => unknown, timeoutMs = 8000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await what())) {
    if (Date.now() > deadline) throw new Error(`did not come true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
