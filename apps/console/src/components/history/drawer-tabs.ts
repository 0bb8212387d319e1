// The views of a message beside the list, as the address names them.

export const DRAWER_TABS = ['summary', 'recipients', 'trace', 'json'] as const;
export type DrawerTab = (typeof DRAWER_TABS)[number];
