// How soon the processes of a cluster went by each new version of the ring, by their own histograms.
import type { ProcessInfo } from '@message-push/testkit';
import { samples } from '../system/metrics.ts';

export interface SeenFigures {
  role: string;
  processes: number;
  /** Versions that processes began to use, all together, and the fewest that one did. */
  versions: number;
  fewest: number;
  /** Of those, how many within the limit; milliseconds on average. */
  inTime: number;
  meanMs: number;
}

/** From the stored version to the first decision with it; a bound of the histogram. */
export const SEEN_MS = 500;

/** Of the processes that serve. */
export async function seenBy(processes: ProcessInfo[]): Promise<SeenFigures[]> {
  const roles = (['gateway', 'node', 'consumer', 'api'] as const).map(async (role) => {
    const serving = processes.filter((one) => one.role === role && one.state === 'serving');
    const figures = await Promise.all(serving.map(({ address }) => figuresOf(role, `http://${address}`)));
    const sum = (of: (one: Figures) => number) => figures.reduce((total, one) => total + of(one), 0);
    const versions = sum(({ count }) => count);
    return {
      role,
      processes: serving.length,
      versions,
      fewest: Math.min(...figures.map(({ count }) => count)),
      inTime: sum(({ inTime }) => inTime),
      meanMs: Math.round((1000 * sum(({ seconds }) => seconds)) / Math.max(1, versions)),
    };
  });
  return Promise.all(roles);
}

interface Figures {
  count: number;
  inTime: number;
  seconds: number;
}

async function figuresOf(role: string, url: string): Promise<Figures> {
  const found = await samples(url);
  const sum = (name: string, label = '') => {
    let total = 0;
    for (const [key, value] of found)
      if (key.startsWith(`mp_${role}_ring_seen_seconds_${name}{`) && key.includes(label)) total += value;
    return total;
  };
  return { count: sum('count'), inTime: sum('bucket', `le="${SEEN_MS / 1000}"`), seconds: sum('sum') };
}
