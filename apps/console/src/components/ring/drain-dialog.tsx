'use client';
// Taking a node off the ring: what that moves, the node's name typed, then how many users are left on it.
import type { NodeRow, RingView, SimulationView } from '@message-push/protocol/admin';
import type { UseQueryResult } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { ConfirmDialog } from '@/components/ui/confirm-dialog.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { ErrorState } from '@/components/ui/states.tsx';
import { useFailureText } from '@/lib/failure-text.ts';
import { useDrain } from '@/lib/nodes.ts';
import { useSimulation } from '@/lib/ring.ts';
import { useCapacity } from './capacity.ts';
import { DrainProgress } from './drain-progress.tsx';
import { outlookOf, verdictOf } from './outlook.ts';
import { OutlookTable } from './outlook-table.tsx';
import { SimulationSummary, VerdictNote } from './verdict.tsx';

interface DrainDialogProps {
  node: NodeRow;
  ring: RingView;
  colours: ReadonlyMap<string, number>;
  open: boolean;
  onOpenChange(open: boolean): void;
}

/** Mount it anew for each opening: it asks first, then watches. */
export function DrainDialog(props: DrainDialogProps) {
  const [ordered, setOrdered] = useState(props.node.state === 'draining');
  return ordered ? <Watch {...props} /> : <Ask {...props} onOrdered={() => setOrdered(true)} />;
}

function Ask({ node, ring, colours, open, onOpenChange, onOrdered }: DrainDialogProps & { onOrdered(): void }) {
  const t = useTranslations('ring.drain');
  const text = useFailureText();
  const drain = useDrain(node.id);
  const [plan] = useState({ remove: [node.id], add: [] });
  const simulation = useSimulation(plan, ring.version);
  return (
    <ConfirmDialog
      open={open}
      onOpenChange={onOpenChange}
      title={t.rich('title', { id: node.id, code: (chunks) => <code className="font-mono">{chunks}</code> })}
      description={t('description')}
      action={t('action')}
      typed={node.id}
      busy={drain.isPending}
      onConfirm={() => drain.mutate(undefined, { onSuccess: onOrdered })}
      error={drain.error && `${text(drain.error).what} ${text(drain.error).todo ?? ''}`}
    >
      <Outlook simulation={simulation} ring={ring} colours={colours} />
    </ConfirmDialog>
  );
}

function Outlook(props: {
  simulation: UseQueryResult<SimulationView, Error>;
  ring: RingView;
  colours: ReadonlyMap<string, number>;
}) {
  const { simulation, ring, colours } = props;
  const t = useTranslations('ring.drain');
  const [capacity] = useCapacity();
  if (simulation.data === undefined) {
    if (simulation.error === null) return <Skeleton className="h-40" />;
    return <ErrorState error={simulation.error} onRetry={() => void simulation.refetch()} title={t('notSimulated')} />;
  }
  const rows = outlookOf(simulation.data);
  return (
    <>
      <SimulationSummary simulation={simulation.data} />
      <div className="-mx-2">
        <OutlookTable label={t('table')} rows={rows} changed colours={colours} />
      </div>
      <VerdictNote verdict={verdictOf(rows, ring.nodes, capacity)} capacity={capacity} />
    </>
  );
}

function Watch({ node, open, onOpenChange }: DrainDialogProps) {
  const t = useTranslations('ring.drain');
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={t.rich('watching', { id: node.id, code: (chunks) => <code className="font-mono">{chunks}</code> })}
      description={t('mayClose')}
      footer={<Button onClick={() => onOpenChange(false)}>{t('close')}</Button>}
    >
      <DrainProgress id={node.id} />
    </Dialog>
  );
}
