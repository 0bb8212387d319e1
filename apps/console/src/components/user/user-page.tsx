'use client';
// One person of an app: online or not, where they live on the ring, their sessions, what they were sent lately; and what can be done.
import type { UserView } from '@message-push/protocol/admin';
import { MoonStar, Radio, SendHorizontal, TerminalSquare, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { parseAsString, useQueryState } from 'nuqs';
import { Badge } from '@/components/ui/badge.tsx';
import { LinkButton } from '@/components/ui/button.tsx';
import { Card, PageHeader } from '@/components/ui/card.tsx';
import { Loaded } from '@/components/ui/loaded.tsx';
import { PageRegion } from '@/components/ui/page-region.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { useCan } from '@/lib/session.ts';
import { useUser } from '@/lib/users.ts';
import { AppChoice } from './app-choice.tsx';
import { Inbox } from './inbox.tsx';
import { DisconnectAll, EraseUser } from './orders.tsx';
import { Place } from './place.tsx';
import { Sessions } from './sessions.tsx';

export function UserPage({ uid }: { uid: string }) {
  const t = useTranslations('users');
  const [app, setApp] = useQueryState('app', parseAsString.withDefault(''));
  const query = useUser(app, uid);
  return (
    <>
      <PageHeader
        title={<span className="break-all font-mono text-lg">{uid}</span>}
        badges={app !== '' && query.data && <Presence user={query.data} />}
        description={app === '' ? t('noApp') : t('ofApp', { app })}
        actions={app !== '' && <Actions app={app} uid={uid} user={query.data} />}
      />
      <AppChoice app={app} onChange={(next) => void setApp(next)} />
      {app !== '' && (
        <PageRegion>
          <Loaded query={query} skeleton={<UserSkeleton />} title={t('failed')}>
            {(user) => (
              <div className="space-y-4">
                {user.sessions_missing && <Missing />}
                <Place user={user} />
                <Sessions user={user} />
              </div>
            )}
          </Loaded>
        </PageRegion>
      )}
      {app !== '' && (
        <div className="mt-4">
          <Inbox app={app} uid={uid} />
        </div>
      )}
    </>
  );
}

function Presence({ user }: { user: UserView }) {
  const t = useTranslations('users');
  return user.online ? (
    <Badge tone="ok" icon={Radio}>
      {t('online')}
    </Badge>
  ) : (
    <Badge icon={MoonStar}>{t('offline')}</Badge>
  );
}

function Actions({ app, uid, user }: { app: string; uid: string; user: UserView | undefined }) {
  const t = useTranslations('users');
  const can = useCan();
  const query = `app=${encodeURIComponent(app)}&uid=${encodeURIComponent(uid)}`;
  return (
    <>
      {can('send', app) && (
        <LinkButton href={`/send?${query}`} icon={<SendHorizontal aria-hidden size={15} />}>
          {t('send')}
        </LinkButton>
      )}
      {can('playground', app) && (
        <LinkButton href={`/playground?${query}`} icon={<TerminalSquare aria-hidden size={15} />}>
          {t('tryAs')}
        </LinkButton>
      )}
      {can('disconnect', app) && <DisconnectAll app={app} uid={uid} sessions={user?.sessions.length ?? 0} />}
      {can('erase', app) && <EraseUser app={app} uid={uid} />}
    </>
  );
}

function Missing() {
  const t = useTranslations('users');
  return (
    <p role="status" className="flex items-start gap-2.5 rounded-lg border border-warn/40 bg-warn-tint px-4 py-2.5">
      <TriangleAlert aria-hidden size={16} className="mt-0.5 shrink-0 text-warn" />
      {t('sessionsMissing')}
    </p>
  );
}

function UserSkeleton() {
  return (
    <div className="space-y-4">
      <Skeleton className="h-40" />
      <Card>
        <Skeleton className="h-24" />
      </Card>
    </div>
  );
}
