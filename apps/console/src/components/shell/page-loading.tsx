// The place of a page whose code is on its way.
import { Loading, Skeleton } from '@/components/ui/skeleton.tsx';

export function PageLoading() {
  return (
    <Loading>
      <div className="space-y-5">
        <Skeleton className="h-7 w-48" />
        <Skeleton className="h-24" />
        <Skeleton className="h-64" />
      </div>
    </Loading>
  );
}
