// Which apps a search means: by name, AppID, alias or the last characters of a secret.
import type { AppView } from '@message-push/protocol/admin';

export const STATES = ['all', 'live', 'disabled'] as const;

export interface AppFilter {
  q: string;
  state: (typeof STATES)[number];
}

/** Every word must be found somewhere. The end of a secret is found too, so that a leaked one leads to its app. */
export function matches({ id, name, aliases, state, credentials }: AppView, filter: AppFilter): boolean {
  if (filter.state !== 'all' && filter.state !== state) return false;
  const texts = [id, name, ...aliases, ...credentials.map(({ hint }) => hint)].map((text) => text.toLowerCase());
  const words = filter.q.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => texts.some((text) => text.includes(word)));
}
