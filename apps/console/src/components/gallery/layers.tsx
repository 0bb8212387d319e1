'use client';
// What opens above the page.
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Card } from '@/components/ui/card.tsx';
import { ConfirmDialog } from '@/components/ui/confirm-dialog.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Drawer } from '@/components/ui/drawer.tsx';
import { Field } from '@/components/ui/field.tsx';
import { Input } from '@/components/ui/input.tsx';
import { Menu, MenuChoice, MenuItem, MenuLine, MenuLink, MenuNote } from '@/components/ui/menu.tsx';
import { Popover } from '@/components/ui/popover.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { Tooltip } from '@/components/ui/tooltip.tsx';

const ID = 'demo';

export function Layers() {
  const t = useTranslations('gallery');
  const [open, setOpen] = useState<'dialog' | 'confirm' | 'drawer' | 'beside' | null>(null);
  const [choice, setChoice] = useState('a');
  const set = (name: typeof open) => (next: boolean) => setOpen(next ? name : null);
  const word = t('word');
  return (
    <Card title={t('layers')}>
      <div className="flex flex-wrap gap-2">
        {(['dialog', 'confirm', 'drawer', 'beside'] as const).map((name) => (
          <Button key={name} onClick={() => setOpen(name)}>
            {t(name)}
          </Button>
        ))}
        <Menu trigger={<Button>{t('menu')}</Button>}>
          <MenuNote>{t('sentence')}</MenuNote>
          <MenuItem onSelect={() => undefined}>{word}</MenuItem>
          <MenuLink href="/">{word}</MenuLink>
          <MenuItem disabled onSelect={() => undefined}>
            {word}
          </MenuItem>
          <MenuLine />
          <MenuChoice
            label={word}
            value={choice}
            onChange={setChoice}
            options={['a', 'b'].map((value) => ({ value, label: value }))}
          />
          <MenuLine />
          <MenuItem danger onSelect={() => undefined}>
            {word}
          </MenuItem>
        </Menu>
        <Popover trigger={<Button>{t('popover')}</Button>} title={word}>
          <p className="max-w-60">{t('sentence')}</p>
        </Popover>
        <Tooltip text={t('sentence')}>
          <Button>{t('tooltip')}</Button>
        </Tooltip>
        <Button onClick={() => toast.ok(word, t('sentence'))}>{t('toastOk')}</Button>
        <Button onClick={() => toast.bad(word, t('sentence'))}>{t('toastBad')}</Button>
      </div>
      <Dialog
        open={open === 'dialog'}
        onOpenChange={set('dialog')}
        title={t('dialog')}
        description={t('sentence')}
        footer={<Button kind="primary">{word}</Button>}
      >
        <Field label={word}>
          <Input />
        </Field>
      </Dialog>
      <ConfirmDialog
        open={open === 'confirm'}
        onOpenChange={set('confirm')}
        title={t('confirm')}
        description={t('sentence')}
        action={word}
        danger
        typed={ID}
        onConfirm={() => setOpen(null)}
      />
      <Drawer open={open === 'drawer'} onOpenChange={set('drawer')} title={t('drawer')}>
        <p className="p-4">{t('sentence')}</p>
      </Drawer>
      <Drawer open={open === 'beside'} onOpenChange={set('beside')} title={t('beside')} modal={false}>
        <p className="p-4">{t('sentence')}</p>
      </Drawer>
    </Card>
  );
}
