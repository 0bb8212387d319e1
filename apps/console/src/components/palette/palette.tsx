'use client';
// Ctrl or Cmd with K: go anywhere and do anything by typing a few letters.
import { Dialog } from '@base-ui/react/dialog';
import { Search } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { Kbd } from '@/components/ui/card.tsx';
import { cx } from '@/components/ui/class-names.ts';
import { type Command, GROUPS, useCommands } from './commands.ts';

export default function Palette({
  open,
  onOpenChange,
  openHelp,
}: {
  open: boolean;
  onOpenChange(open: boolean): void;
  openHelp(): void;
}) {
  const t = useTranslations('palette');
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fade fixed inset-0 z-50 bg-black/40" />
        <Dialog.Popup className="pop fixed inset-x-3 top-[10dvh] z-50 mx-auto flex max-h-[min(32rem,80dvh)] max-w-xl flex-col overflow-hidden">
          <Dialog.Title className="sr-only">{t('title')}</Dialog.Title>
          <Body close={() => onOpenChange(false)} openHelp={openHelp} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Body({ close, openHelp }: { close(): void; openHelp(): void }) {
  const t = useTranslations('palette');
  const id = useId();
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const found = useCommands(query, openHelp);
  const groups = GROUPS.map((group) => ({ group, commands: found.filter((command) => command.group === group) }));
  // With a text the group of the best fit comes first.
  const ordered = query.trim() === '' ? groups : groups.sort((a, b) => first(found, a.group) - first(found, b.group));
  const commands = ordered.flatMap((group) => group.commands);
  const current = commands[Math.min(at, commands.length - 1)];

  useEffect(() => {
    const option = current && document.getElementById(`${id}-${current.id}`);
    option?.scrollIntoView({ block: 'nearest' });
  }, [current, id]);

  function run(command: Command) {
    close();
    command.act();
  }

  function keyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return;
    const count = Math.max(1, commands.length);
    const next = { ArrowDown: (at + 1) % count, ArrowUp: (at + count - 1) % count }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      setAt(next);
    } else if (event.key === 'Enter' && current !== undefined) {
      event.preventDefault();
      run(current);
    }
  }

  return (
    <>
      <div className="flex items-center gap-2.5 border-line border-b px-4">
        <Search aria-hidden size={16} className="shrink-0 text-muted" />
        <input
          type="text"
          role="combobox"
          aria-expanded
          aria-controls={`${id}-list`}
          aria-activedescendant={current && `${id}-${current.id}`}
          aria-label={t('title')}
          placeholder={t('placeholder')}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={keyDown}
          autoComplete="off"
          spellCheck={false}
          className="h-12 min-w-0 flex-1 bg-transparent text-base outline-none"
        />
        <Kbd>{t('esc')}</Kbd>
      </div>
      <div
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label={t('title')}
        className="min-h-0 flex-1 overflow-y-auto p-2"
      >
        {commands.length === 0 && <p className="px-2 py-6 text-center text-muted">{t('nothing')}</p>}
        {ordered.map(
          ({ group, commands }) =>
            commands.length > 0 && (
              // biome-ignore lint/a11y/useSemanticElements: a group of options has no element of its own
              <div key={group} role="group" aria-labelledby={`${id}-${group}`} className="pb-1">
                <div id={`${id}-${group}`} className="px-2 py-1 font-medium text-faint text-xs">
                  {t(`group.${group}`)}
                </div>
                {commands.map((command) => (
                  <Option
                    key={command.id}
                    id={`${id}-${command.id}`}
                    command={command}
                    chosen={command === current}
                    onPoint={() =>
                      setAt(found.length === 0 ? 0 : ordered.flatMap((one) => one.commands).indexOf(command))
                    }
                    onRun={() => run(command)}
                  />
                ))}
              </div>
            ),
        )}
      </div>
    </>
  );
}

function first(found: Command[], group: string): number {
  const index = found.findIndex((command) => command.group === group);
  return index === -1 ? found.length : index;
}

function Option(props: { id: string; command: Command; chosen: boolean; onPoint(): void; onRun(): void }) {
  const { id, command, chosen, onPoint, onRun } = props;
  const { icon: Icon, label, keys } = command;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the field above keeps the focus and hears the keys
    <div
      id={id}
      role="option"
      aria-selected={chosen}
      onPointerMove={chosen ? undefined : onPoint}
      onClick={onRun}
      className={cx(
        'flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2 py-1',
        chosen && 'bg-accent-tint text-accent forced-colors:outline',
      )}
    >
      <Icon aria-hidden size={16} className={cx('shrink-0', !chosen && 'text-muted')} />
      <span className="min-w-0 flex-1 truncate">{label}</span>
      {keys && (
        <span className="flex shrink-0 gap-1 max-sm:hidden">
          {keys.split(' ').map((key) => (
            <Kbd key={key}>{key}</Kbd>
          ))}
        </span>
      )}
    </div>
  );
}
