'use client';
// A list of actions behind a button.
import { Menu as Base } from '@base-ui/react/menu';
import { Check } from 'lucide-react';
import Link from 'next/link';
import type { ReactElement, ReactNode } from 'react';
import { cx } from './class-names.ts';

const ITEM =
  'flex min-h-8 cursor-default select-none items-center gap-2 rounded px-2 py-1 outline-none data-highlighted:bg-hover data-disabled:opacity-50';

export function Menu({
  trigger,
  align = 'end',
  children,
}: {
  trigger: ReactElement<Record<string, unknown>>;
  align?: 'start' | 'center' | 'end';
  children: ReactNode;
}) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={6} collisionPadding={8} className="z-60 outline-none">
          <Base.Popup className="pop max-h-(--available-height) min-w-44 overflow-y-auto p-1 outline-none">
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export function MenuItem({
  icon,
  danger = false,
  disabled = false,
  onSelect,
  children,
}: {
  icon?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  onSelect(): void;
  children: ReactNode;
}) {
  return (
    <Base.Item onClick={onSelect} disabled={disabled} className={cx(ITEM, danger ? 'text-bad' : 'text-text')}>
      {icon}
      {children}
    </Base.Item>
  );
}

/** Goes to a page. */
export function MenuLink({ icon, href, children }: { icon?: ReactNode; href: string; children: ReactNode }) {
  return (
    <Base.LinkItem closeOnClick render={<Link href={href} />} className={cx(ITEM, 'text-text')}>
      {icon}
      {children}
    </Base.LinkItem>
  );
}

/** One of several values, the chosen one ticked. */
export function MenuChoice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly { value: NoInfer<T>; label: ReactNode }[];
  onChange(value: NoInfer<T>): void;
}) {
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

export function MenuLine() {
  return <Base.Separator className="my-1 h-px bg-line" />;
}

/** A line of the menu that is no action: who is signed in. */
export function MenuNote({ children }: { children: ReactNode }) {
  return <div className="px-2 py-1.5 text-muted text-xs">{children}</div>;
}
