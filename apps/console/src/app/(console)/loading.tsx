// While the code of a page is on its way.
import { Loading, Skeleton } from '@/components/ui/skeleton.tsx';

export default function Wait() {
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
