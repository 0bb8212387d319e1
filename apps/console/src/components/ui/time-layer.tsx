'use client';
// A moment exactly: in the chosen zone, in UTC and as a number to copy; loaded when one is first looked at.
import { Popover as Base } from '@base-ui/react/popover';
import { useTranslations } from 'next-intl';
import { stamp, zoneName } from '@/lib/stamp.ts';
import { usePreferences } from '@/lib/use-preferences.tsx';
import { CopyButton } from './copy-button.tsx';
import { isOwnButton, type LayerProps } from './trigger.ts';

export default function TimeLayer({
  at,
  layer,
  onEnter,
  onLeave,
}: {
  at: number;
  layer: LayerProps;
  onEnter(): void;
  onLeave(): void;
}) {
  return (
    <Base.Root
      open={layer.open}
      onOpenChange={(open, { event }) => (open || !isOwnButton(layer, event)) && layer.onOpenChange(open)}
    >
      <Base.Portal>
        <Base.Positioner anchor={layer.anchor} sideOffset={6} collisionPadding={8} className="z-60">
          <Base.Popup
            aria-labelledby={layer.id}
            initialFocus={false}
            finalFocus={false}
            onPointerEnter={onEnter}
            onPointerLeave={onLeave}
            className="pop p-3"
          >
            <Exactly at={at} />
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function Exactly({ at }: { at: number }) {
  const t = useTranslations('common');
  const { zone } = usePreferences();
  const rows = [
    { name: zoneName(at, zone), text: stamp(at, zone) },
    { name: 'UTC', text: new Date(at).toISOString() },
    { name: t('epoch'), text: String(at) },
  ];
  return (
    <dl className="grid grid-cols-[auto_auto_auto] items-center gap-x-3 text-xs">
      {rows.map(({ name, text }) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="font-mono">{text}</dd>
          <dd>
            <CopyButton text={text} what={name} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
