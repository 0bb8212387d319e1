'use client';
// The frames of a client as they went over the wire: the newest thousand, filtered, paused, one of them in full.
import { ArrowDown, ArrowUp, Check, CirclePause, CirclePlay, Dot, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { IconButton } from '@/components/ui/button.tsx';
import { Checkbox } from '@/components/ui/checkbox.tsx';
import { cx } from '@/components/ui/class-names.ts';
import { Input } from '@/components/ui/input.tsx';
import { useRowsInView } from '@/components/ui/rows-in-view.ts';
import { Segmented } from '@/components/ui/segmented.tsx';
import { stamp } from '@/lib/stamp.ts';
import { usePreferences } from '@/lib/use-preferences.tsx';
import type { AckMode } from './client-state.ts';
import { FrameDetail } from './frame-detail.tsx';
import { type Direction, type Frame, filtered } from './frames.ts';
import type { TestClient } from './test-client.ts';

const ROW_PX = 28;
const OVERSCAN = 15;
/** This near to the end counts as following it. */
const FOLLOW_PX = 40;

export function FrameLogView({ client, ackMode, tall }: { client: TestClient; ackMode: AckMode; tall: boolean }) {
  const t = useTranslations('playground.log');
  const [direction, setDirection] = useState<Direction | 'all'>('all');
  const [text, setText] = useState('');
  const [heartbeats, setHeartbeats] = useState(true);
  const [held, setHeld] = useState<readonly Frame[]>();
  const [chosen, setChosen] = useState<number>();
  const all = held ?? client.log.list();
  const frames = useMemo(() => filtered(all, { direction, text, heartbeats }), [all, direction, text, heartbeats]);
  const frame = frames.find(({ n }) => n === chosen);
  const waiting = held === undefined ? 0 : (client.log.list().at(-1)?.n ?? 0) - (held.at(-1)?.n ?? 0);
  const options = (['all', 'in', 'out', 'event'] as const).map((value) => ({ value, label: t(`direction.${value}`) }));
  return (
    <div className="flex min-w-0 flex-col">
      <div className="flex flex-wrap items-center gap-2 border-line border-b p-2">
        <Segmented label={t('directions')} value={direction} onChange={setDirection} options={options} />
        <Input
          type="search"
          value={text}
          onChange={(event) => setText(event.target.value)}
          aria-label={t('filter')}
          placeholder={t('filter')}
          className="h-8 min-w-24 flex-1"
        />
        <span className="ml-auto inline-flex">
          <IconButton
            label={held === undefined ? t('pause') : t('resume', { waiting })}
            aria-pressed={held !== undefined}
            onClick={() => setHeld(held === undefined ? client.log.list() : undefined)}
          >
            {held === undefined ? <CirclePause aria-hidden size={16} /> : <CirclePlay aria-hidden size={16} />}
          </IconButton>
          <IconButton
            label={t('clear')}
            onClick={() => {
              client.clearLog();
              setHeld(undefined);
            }}
          >
            <Trash2 aria-hidden size={15} />
          </IconButton>
        </span>
      </div>
      <div className="flex flex-wrap items-center justify-between gap-x-4 border-line border-b px-3 py-1">
        <Checkbox checked={heartbeats} onChange={setHeartbeats} label={t('heartbeats')} />
        <span className="text-muted text-xs">
          {held === undefined
            ? t('count', { shown: frames.length, dropped: client.log.dropped })
            : t('paused', { waiting })}
        </span>
      </div>
      <List
        frames={frames}
        acked={client.state.acked}
        chosen={chosen}
        onChoose={setChosen}
        followed={held === undefined}
        tall={tall}
        empty={all.length === 0 ? t('empty') : t('nothingFound')}
      />
      {frame && <FrameDetail key={frame.n} frame={frame} client={client} ackMode={ackMode} />}
    </div>
  );
}

interface ListProps {
  frames: readonly Frame[];
  acked: string | undefined;
  chosen: number | undefined;
  onChoose(n: number): void;
  followed: boolean;
  tall: boolean;
  empty: string;
}

function List({ frames, acked, chosen, onChoose, followed, tall, empty }: ListProps) {
  const t = useTranslations('playground.log');
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const id = useId();
  const { shown, heightPx, scrollTo } = useRowsInView(box, { count: frames.length, rowPx: ROW_PX, overscan: OVERSCAN });
  const toEnd = useRef(() => {});
  toEnd.current = () => scrollTo(frames.length - 1);
  const lastShown = frames.at(-1)?.n;
  useEffect(() => {
    if (lastShown !== undefined && followed && atEnd.current) toEnd.current();
  }, [lastShown, followed]);
  const current = frames.findIndex(({ n }) => n === chosen);

  function keyDown(event: KeyboardEvent) {
    const steps: Record<string, number> = {
      ArrowDown: current + 1,
      ArrowUp: current === -1 ? frames.length - 1 : current - 1,
      Home: 0,
      End: frames.length - 1,
    };
    const next = steps[event.key];
    if (next === undefined || frames.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const index = Math.min(frames.length - 1, Math.max(0, next));
    onChoose(frames[index]?.n ?? 0);
    scrollTo(index);
  }

  const size = tall ? 'h-96 lg:h-auto lg:min-h-96 lg:flex-1 lg:basis-0' : 'h-72';
  // A list box must hold options: an empty one is just a text.
  if (frames.length === 0)
    return <p className={cx('grid place-items-center px-6 text-center text-muted', size)}>{empty}</p>;
  return (
    <div
      ref={box}
      role="listbox"
      tabIndex={0}
      aria-label={t('label')}
      aria-activedescendant={current === -1 ? undefined : `${id}-${chosen}`}
      onKeyDown={keyDown}
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        atEnd.current = scrollHeight - scrollTop - clientHeight < FOLLOW_PX;
      }}
      className={cx('relative overflow-y-auto -outline-offset-2', size)}
    >
      <div role="presentation" className="relative" style={{ height: heightPx }}>
        {shown.map((index) => {
          const frame = frames[index];
          return (
            frame && (
              <Row
                key={frame.n}
                id={`${id}-${frame.n}`}
                frame={frame}
                at={index * ROW_PX}
                chosen={frame.n === chosen}
                acked={frame.kind === 'MESSAGE' && frame.seq !== undefined && acked !== undefined && frame.seq <= acked}
                onChoose={onChoose}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

function Row(props: {
  id: string;
  frame: Frame;
  at: number;
  chosen: boolean;
  acked: boolean;
  onChoose(n: number): void;
}) {
  const { id, frame, at, chosen, acked, onChoose } = props;
  const t = useTranslations('playground.log');
  const { zone } = usePreferences();
  const { direction, kind, text, bytes, n } = frame;
  const event = direction === 'event';
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the list hears the keys and has the focus
    <div
      role="option"
      id={id}
      aria-selected={chosen}
      onClick={() => onChoose(n)}
      style={{ transform: `translateY(${at}px)`, height: ROW_PX }}
      className={cx(
        'absolute inset-x-0 top-0 flex cursor-pointer items-center gap-2 border-line border-b px-3 text-xs hover:bg-hover aria-selected:bg-accent-tint',
        event && 'text-muted',
      )}
    >
      <DirectionIcon direction={direction} />
      <span className="sr-only">{t(`direction.${direction}`)}</span>
      <span className={cx('w-22 shrink-0 truncate font-medium', !event && 'font-mono')}>
        {
          event
            ? t(`event.${kind as 'open'}`)
            : kind /* events are written by the test client alone, each is in the catalogue */
        }
      </span>
      <bdi className={cx('min-w-0 flex-1 truncate', !event && 'font-mono text-muted')}>{text}</bdi>
      {acked && (
        <span title={t('acked')} className="inline-flex shrink-0 text-ok">
          <Check aria-hidden size={13} strokeWidth={2.5} />
          <span className="sr-only">{t('acked')}</span>
        </span>
      )}
      {!event && <span className="shrink-0 text-muted">{t('bytes', { bytes })}</span>}
      <time dateTime={new Date(frame.at).toISOString()} className="shrink-0 font-mono text-muted">
        {stamp(frame.at, zone).slice(11)}
      </time>
    </div>
  );
}

function DirectionIcon({ direction }: { direction: Direction }) {
  if (direction === 'in') return <ArrowDown aria-hidden size={13} className="shrink-0 text-ok" />;
  if (direction === 'out') return <ArrowUp aria-hidden size={13} className="shrink-0 text-accent" />;
  return <Dot aria-hidden size={13} className="shrink-0 text-faint" />;
}
