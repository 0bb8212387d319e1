'use client';
// A list of actions behind a button.
import { lazy, type ReactElement, type ReactNode, Suspense, useContext } from 'react';
import { type ChoiceProps, type ItemProps, type LinkProps, MenuParts } from './menu-parts.ts';
import { useTrigger } from './trigger.ts';

const load = () => import('./menu-layer.tsx');
const Layer = lazy(load);

export function Menu({
  trigger,
  align = 'end',
  children,
}: {
  trigger: ReactElement<Record<string, unknown>>;
  align?: 'start' | 'center' | 'end';
  children: ReactNode;
}) {
  const { button, wanted, layer } = useTrigger(trigger, { kind: 'menu', load });
  return (
    <>
      {button}
      {wanted && (
        <Suspense>
          <Layer layer={layer} align={align}>
            {children}
          </Layer>
        </Suspense>
      )}
    </>
  );
}

export function MenuItem(props: ItemProps) {
  const parts = useContext(MenuParts);
  return parts && <parts.Item {...props} />;
}

/** Goes to a page. */
export function MenuLink(props: LinkProps) {
  const parts = useContext(MenuParts);
  return parts && <parts.LinkItem {...props} />;
}

/** One of several values, the chosen one ticked. */
export function MenuChoice<T extends string>({ onChange, options, ...more }: ChoiceProps<T>) {
  const parts = useContext(MenuParts);
  return (
    parts && (
      <parts.Choice
        {...more}
        options={options}
        onChange={(value) => {
          const option = options.find((one) => one.value === value);
          if (option !== undefined) onChange(option.value);
        }}
      />
    )
  );
}

export function MenuLine() {
  return <div aria-hidden className="my-1 h-px bg-line" />;
}

/** A line of the menu that is no action: who is signed in. */
export function MenuNote({ children }: { children: ReactNode }) {
  return <div className="px-2 py-1.5 text-muted text-xs">{children}</div>;
}
