// A state in words with an icon: never by colour alone.
import type { DeliveryStatus } from '@message-push/protocol';
import {
  CheckCheck,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleOff,
  Clock3,
  CornerUpLeft,
  Hourglass,
  Layers,
  LogOut,
  type LucideIcon,
  MoonStar,
  OctagonX,
  Route,
  Send,
} from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { cx } from './class-names.ts';

export type Tone = 'neutral' | 'accent' | 'ok' | 'warn' | 'bad' | 'note';

const TONES: Record<Tone, string> = {
  neutral: 'bg-sunken text-muted',
  accent: 'bg-accent-tint text-accent',
  ok: 'bg-ok-tint text-ok',
  warn: 'bg-warn-tint text-warn',
  bad: 'bg-bad-tint text-bad',
  note: 'bg-note-tint text-note',
};

export function Badge({
  tone = 'neutral',
  icon: Icon,
  title,
  children,
}: {
  tone?: Tone;
  icon?: LucideIcon;
  title?: string | undefined;
  children: ReactNode;
}) {
  return (
    <span
      title={title}
      className={cx(
        'inline-flex h-5.5 max-w-full items-center gap-1 whitespace-nowrap rounded px-1.5 font-medium text-xs forced-colors:border',
        TONES[tone],
      )}
    >
      {Icon && <Icon aria-hidden size={12} strokeWidth={2.25} className="shrink-0" />}
      <span className="truncate">{children}</span>
    </span>
  );
}

const STATUSES: Record<DeliveryStatus, { tone: Tone; icon: LucideIcon }> = {
  accepted: { tone: 'neutral', icon: CircleDashed },
  queued: { tone: 'note', icon: Layers },
  offline: { tone: 'neutral', icon: MoonStar },
  routed: { tone: 'accent', icon: Route },
  written: { tone: 'accent', icon: Send },
  acked: { tone: 'ok', icon: CheckCheck },
  expired: { tone: 'warn', icon: Hourglass },
  recalled: { tone: 'warn', icon: CornerUpLeft },
  dead: { tone: 'bad', icon: OctagonX },
};

/** Status of a delivery. `reports: false` says that this client never confirms receipt, so that `written` is as far as it goes. */
export function StatusBadge({ status, reports = true }: { status: DeliveryStatus; reports?: boolean }) {
  const t = useTranslations('status');
  const { tone, icon } = STATUSES[status];
  const title = status === 'written' && !reports ? t('noReceipt') : t(`about.${status}`);
  return (
    <Badge tone={tone} icon={icon} title={title}>
      {t(status)}
    </Badge>
  );
}

export const NODE_STATES = ['up', 'suspicious', 'draining', 'down', 'stale'] as const;
export type NodeState = (typeof NODE_STATES)[number];

const NODES: Record<NodeState, { tone: Tone; icon: LucideIcon }> = {
  up: { tone: 'ok', icon: CircleCheck },
  suspicious: { tone: 'warn', icon: CircleAlert },
  draining: { tone: 'note', icon: LogOut },
  down: { tone: 'bad', icon: CircleOff },
  stale: { tone: 'neutral', icon: Clock3 },
};

export function NodeStateBadge({ state }: { state: NodeState }) {
  const t = useTranslations('status');
  const { tone, icon } = NODES[state];
  return (
    <Badge tone={tone} icon={icon}>
      {t(`node.${state}`)}
    </Badge>
  );
}
