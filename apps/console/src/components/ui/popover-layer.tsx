'use client';
// What a popover shows; loaded when one is first wanted.
import { Popover as Base } from '@base-ui/react/popover';
import { cx } from './class-names.ts';
import type { PopoverProps } from './popover.tsx';
import { isOwnButton, type LayerProps } from './trigger.ts';

export default function PopoverLayer({
  layer,
  title,
  align = 'start',
  side = 'bottom',
  className,
  children,
}: Omit<PopoverProps, 'trigger' | 'open' | 'onOpenChange'> & { layer: LayerProps }) {
  return (
    <Base.Root
      open={layer.open}
      onOpenChange={(open, { event }) => (open || !isOwnButton(layer, event)) && layer.onOpenChange(open)}
    >
      <Base.Portal>
        <Base.Positioner
          anchor={layer.anchor}
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-60"
        >
          <Base.Popup
            finalFocus={layer.anchor}
            className={cx('pop max-h-(--available-height) max-w-[calc(100vw-1rem)] overflow-y-auto p-3', className)}
          >
            <Base.Title className="mb-2 font-medium text-muted text-xs">{title}</Base.Title>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
