// Who an entry is for: scopes are devices that name themselves or platforms, and entries address them by filters.
import type { Entry, Scope } from './types.ts';

/** The filters of an entry, or of a message on its way. */
export type Filter = Pick<Entry, 'platforms' | 'device_ids'>;

/** `d:<device id>` for a device that names itself, else `p:<platform>`; the platform in lower case. */
export function scopeId(platform: string, deviceId?: string): string {
  return deviceId === undefined ? `p:${platform}` : `d:${deviceId}`;
}

/** The device id inside a scope id, undefined for a platform. */
export function deviceOf(scope: string): string | undefined {
  return scope.startsWith('d:') ? scope.slice(2) : undefined;
}

/** True when somebody on this platform (lower case), with or without a device id, is to see it. */
export function addresses(filter: Filter, platform: string, deviceId: string | undefined): boolean {
  if (filter.platforms !== undefined && !filter.platforms.includes(platform)) return false;
  if (filter.device_ids === undefined) return true;
  return deviceId !== undefined && filter.device_ids.includes(deviceId);
}

/** The same for a stored scope; takes the device id out of its id only when there is a device list. */
export function addressesScope(filter: Filter, scope: Pick<Scope, 'id' | 'platform'>): boolean {
  return addresses(filter, scope.platform, filter.device_ids === undefined ? undefined : deviceOf(scope.id));
}
