'use client';
// The draft of a message: kept in this browser, filled from another message or from the address when asked to.
import { PLATFORMS } from '@message-push/protocol/limits';
import { parseAsString, useQueryStates } from 'nuqs';
import { useEffect, useRef, useState } from 'react';
import { useDraft } from '@/lib/drafts.ts';
import { useDeliveries, useMessage } from '@/lib/messages.ts';
import { type Draft, EMPTY_DRAFT, isBlank, isDraft } from '@/lib/push-draft.ts';

const address = { from: parseAsString, app: parseAsString, uid: parseAsString };

export function usePushDraft() {
  const { value, setValue, clear, loaded } = useDraft<Draft>('send', EMPTY_DRAFT, isDraft);
  const [asked, setAsked] = useQueryStates(address);
  const [filledFrom, setFilledFrom] = useState<{ id: string; before: Draft }>();
  const message = useMessage(asked.from ?? undefined).data;
  const rows = useDeliveries(asked.from ?? undefined, Boolean(message)).data;
  const done = useRef<string>(undefined);

  useEffect(() => {
    if (!loaded || asked.from === null || !message || rows === undefined || done.current === asked.from) return;
    done.current = asked.from;
    setFilledFrom({ id: asked.from, before: value });
    const { title = '', content, content_type = '', extras = '' } = message.message;
    const platforms = PLATFORMS.filter((platform) => message.platform.split(',').includes(platform));
    const uids = rows.map(({ uid }) => uid);
    const { app_key: app, ttl_s: ttlS } = message;
    setValue({ app, uids, platforms, title, content, contentType: content_type, extras, ttlS });
  }, [loaded, asked.from, message, rows, value, setValue]);

  useEffect(() => {
    const { app, uid } = asked;
    if (!loaded || (app === null && uid === null)) return;
    setValue((draft) => ({ ...draft, ...(app !== null && { app }), ...(uid !== null && { uids: [uid] }) }));
    void setAsked({ app: null, uid: null });
  }, [loaded, asked, setAsked, setValue]);

  return {
    draft: value,
    setDraft: setValue,
    loaded,
    clear() {
      clear();
      setFilledFrom(undefined);
      void setAsked({ from: null });
    },
    /** The message that it was filled from, when something of one's own was written before. */
    replaced: filledFrom !== undefined && !isBlank(filledFrom.before) ? filledFrom.id : undefined,
    restore() {
      if (filledFrom === undefined) return;
      setValue(filledFrom.before);
      setFilledFrom(undefined);
      void setAsked({ from: null });
    },
  };
}
