// A push as the model's own book keeping knows it.
import type { MessageId } from '@message-push/protocol';

/** One accepted push to one person. */
export interface Push {
  id: MessageId;
  uid: string;
  platforms?: string[];
  device_ids?: string[];
  created: number;
  expires: number;
  onlineOnly: boolean;
  bytes: number;
}

/** A push on the bus, perhaps for the second time. */
export interface Published {
  push: Push;
  again: boolean;
}

/** Whether a push is for such a client, said here once more so that a broken filter does not judge itself. */
export function isFor(push: Push, platform: string, deviceId: string | undefined): boolean {
  const byPlatform = push.platforms === undefined || push.platforms.some((name) => name === platform);
  const byDevice = push.device_ids === undefined || push.device_ids.some((id) => id === deviceId);
  return byPlatform && byDevice;
}
