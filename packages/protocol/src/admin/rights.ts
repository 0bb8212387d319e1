// Who may do what in the console: one table, enforced by the api and asked by the page for what to offer.

export const ROLES = ['viewer', 'owner', 'operator', 'admin'] as const;
export type RoleName = (typeof ROLES)[number];

/** Roles per action. What an `owner` may do holds for the apps granted to them; what they read of apps, messages and users too. */
export const RIGHTS = {
  /** Everything but secrets and private bodies. */
  read: ['viewer', 'owner', 'operator', 'admin'],
  /** Bodies of apps that keep them private. */
  readPrivate: ['owner', 'operator', 'admin'],
  /** Send, send again, recall. */
  send: ['owner', 'operator', 'admin'],
  playground: ['owner', 'operator', 'admin'],
  /** Issue, rotate and revoke credentials and signing keys. */
  credentials: ['owner', 'admin'],
  appSettings: ['owner', 'admin'],
  /** Create, disable, enable and delete apps. */
  apps: ['admin'],
  disconnect: ['owner', 'operator', 'admin'],
  erase: ['admin'],
  drain: ['operator', 'admin'],
  deadLetters: ['operator', 'admin'],
  audit: ['viewer', 'operator', 'admin'],
  operators: ['admin'],
} as const satisfies Record<string, readonly RoleName[]>;

export type Action = keyof typeof RIGHTS;

/** Whether a role may do it at all; for an `owner` the app has to be one of theirs besides. */
export function may(role: RoleName, action: Action): boolean {
  const roles: readonly RoleName[] = RIGHTS[action];
  return roles.includes(role);
}
