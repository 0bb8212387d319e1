'use client';
// What a menu shows; loaded when one is first wanted.
import { Menu as Base } from '@base-ui/react/menu';
import { Check } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { cx } from './class-names.ts';
import { type ChoiceProps, type ItemProps, type LinkProps, MenuParts } from './menu-parts.ts';
import { isOwnButton, type LayerProps } from './trigger.ts';

const ITEM =
  'flex min-h-8 cursor-default select-none items-center gap-2 rounded px-2 py-1 outline-none data-highlighted:bg-hover data-disabled:opacity-50';
const PARTS = { Item, LinkItem, Choice };

export default function MenuLayer({
  layer,
  align,
  children,
}: {
  layer: LayerProps;
  align: 'start' | 'center' | 'end';
  children: ReactNode;
}) {
  return (
    <Base.Root
      open={layer.open}
      onOpenChange={(open, { event }) => (open || !isOwnButton(layer, event)) && layer.onOpenChange(open)}
    >
      <Base.Portal>
        <Base.Positioner
          anchor={layer.anchor}
          align={align}
          sideOffset={6}
          collisionPadding={8}
          className="z-60 outline-none"
        >
          <Base.Popup
            aria-labelledby={layer.id}
            finalFocus={layer.anchor}
            className="pop max-h-(--available-height) min-w-44 overflow-y-auto p-1 outline-none"
          >
            <MenuParts value={PARTS}>{children}</MenuParts>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function Item({ icon, danger = false, disabled = false, onSelect, children }: ItemProps) {
  return (
    <Base.Item onClick={onSelect} disabled={disabled} className={cx(ITEM, danger ? 'text-bad' : 'text-text')}>
      {icon}
      {children}
    </Base.Item>
  );
}

function LinkItem({ icon, href, children }: LinkProps) {
  return (
    <Base.LinkItem closeOnClick render={<Link href={href} />} className={cx(ITEM, 'text-text')}>
      {icon}
      {children}
    </Base.LinkItem>
  );
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2 pt-1.5 pb-1 text-faint text-xs">{label}</Base.GroupLabel>
      <Base.RadioGroup value={value} onValueChange={onChange}>
        {options.map((option) => (
          <Base.RadioItem key={option.value} value={option.value} closeOnClick className={cx(ITEM, 'text-text')}>
            <span className="inline-flex w-4 justify-center">
              <Base.RadioItemIndicator>
                <Check aria-hidden size={14} />
              </Base.RadioItemIndicator>
            </span>
            {option.label}
          </Base.RadioItem>
        ))}
      </Base.RadioGroup>
    </Base.Group>
  );
}
