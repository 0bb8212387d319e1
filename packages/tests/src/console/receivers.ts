// People with the SDK, connected and acknowledging, for as long as a test needs them.
import { connect, type PushConnection } from '@message-push/client';
import { backEnd, type RunInfo } from '@message-push/testkit';

export interface Receivers {
  connections: PushConnection[];
  close(): void;
}

/** Resolves when each uid has logged in to the demo app. */
export async function connected(run: RunInfo, uids: readonly string[]): Promise<Receivers> {
  const back = backEnd(run);
  const connections: PushConnection[] = [];
  await Promise.all(
    uids.map(async (uid) => {
      const token = await back.token(uid);
      const connection = connect({
        url: run.gateways[0] ?? '',
        appId: run.demo.app_id,
        uid,
        deviceId: `device-${uid}`,
        token: async () => token,
        onMessage: () => {},
      });
      connections.push(connection);
      await new Promise<void>((resolve) => connection.on('login', () => resolve()));
    }),
  );
  return {
    connections,
    close() {
      for (const connection of connections) connection.close();
    },
  };
}
