// The test client's calls to the api: a short-lived token, and a message to oneself.
import type { AcceptedView } from '@message-push/protocol';
import type { AppView, PlaygroundAccess } from '@message-push/protocol/admin';
import { post } from './api.ts';
import { useCan } from './session.ts';

/** A token for this uid. It is audited, and lives for minutes. */
export function mintToken(app: string, uid: string, platform: 'pc' | 'mobile'): Promise<PlaygroundAccess> {
  return post<PlaygroundAccess>('/playground/token', { body: { app, uid, platform } });
}

interface QuickMessage {
  title: string;
  content: string;
}

/** Sends it to this one person; answers the message's id. */
export async function pushTo(app: string, uid: string, message: QuickMessage, key: string): Promise<string> {
  const body = {
    app,
    push_method: 1,
    platform: 'all',
    audience: { uids: [uid] },
    message: { ...(message.title !== '' && { title: message.title }), content: message.content },
  };
  return (await post<AcceptedView>('/push', { body, key })).message_id;
}

/** Which apps the operator may try out. */
export function usePlayable(): (apps: readonly AppView[]) => AppView[] {
  const can = useCan();
  return (apps) => apps.filter(({ id, state }) => state === 'live' && can('playground', id));
}
