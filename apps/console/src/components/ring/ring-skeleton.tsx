// The ring page before it knows the ring: the same parts in the same places.
import { Skeleton } from '@/components/ui/skeleton.tsx';

export function RingSkeleton() {
  return (
    <div className="space-y-4">
      <div className="grid gap-4 lg:grid-cols-[minmax(0,29rem)_minmax(0,1fr)]">
        <div className="rounded-lg border border-line bg-surface p-4">
          <div className="mx-auto aspect-square w-full max-w-104 p-6">
            <div
              aria-hidden
              className="size-full animate-pulse rounded-full border-[2.25rem] border-line motion-reduce:animate-none"
            />
          </div>
        </div>
        <div className="space-y-4">
          <Skeleton className="h-36" />
          <Skeleton className="h-72" />
        </div>
      </div>
      <Skeleton className="h-64" />
    </div>
  );
}
