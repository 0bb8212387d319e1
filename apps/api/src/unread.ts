// How far a group of readers is behind the pushes of the bus.
import type { Bus } from '@message-push/bus';

export interface Unread {
  /** Records that the group has not committed. */
  count: number;
  /** When the oldest of each partition that is behind was stored; undefined where it is not kept any more. */
  ats: (number | undefined)[];
}

export async function unread(bus: Pick<Bus, 'lag' | 'read'>, group: 'delivery' | 'history'): Promise<Unread> {
  const behind = (await bus.lag(group, 'pushes')).filter(({ committed, end }) => committed < end);
  const oldest = behind.map(({ partition, committed }) => bus.read('pushes', partition, committed));
  return {
    count: behind.reduce((total, { committed, end }) => total + end - committed, 0),
    ats: (await Promise.all(oldest)).map((record) => record?.at),
  };
}
